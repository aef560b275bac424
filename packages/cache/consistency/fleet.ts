import type { CrashAction, CrashPoint, FromPod, Load, PodSettings } from './messages.ts';
import { startPod, type PodProcess, type ToPodCall } from './pod-process.ts';

/** Several pods. They outlive a scenario; one that was killed is replaced. */
export interface Fleet {
  readonly size: number;
  /** Gives every pod its settings, and has its messages sent to a listener. Replaces dead pods. */
  configure(
    settingsOf: (index: number) => PodSettings,
    listener: (pod: string, message: FromPod) => void,
  ): Promise<void>;
  /** To one pod, or to all that are alive. Resolves when they have done it, or died. */
  tell(message: ToPodCall, index?: number): Promise<void>;
  /** Starts readers and writers in all pods. */
  start(load: Load): Promise<void>;
  kill(index: number): Promise<void>;
  freeze(index: number): void;
  thaw(index: number): void;
  /** The next write of this pod dies, or stops, at a point. Resolves when it is dead; at once for a stop. */
  crash(index: number, point: CrashPoint, action: CrashAction): Promise<void>;
  /** Replaces a pod that died by a new one, under a new name, with the same settings and load. */
  revive(index: number): Promise<void>;
  close(): Promise<void>;
}

interface Member {
  pod: PodProcess;
  name: string;
  settings: PodSettings | undefined;
  load: Load | undefined;
}

export async function startFleet(
  size: number,
  onEnd: (name: string) => void = () => {},
): Promise<Fleet> {
  let listener: ((pod: string, message: FromPod) => void) | undefined;
  let generation = 0;

  async function startMember(index: number): Promise<Member> {
    const name = `pod-${index}.${(generation += 1)}`;
    // The name of a member is the one of its latest settings: messages of an earlier scenario have none.
    const member: Partial<Member> = { name };
    member.pod = await startPod((message) => listener?.(member.name!, message));
    member.settings = undefined;
    void member.pod.ended.then(() => onEnd(member.name!));
    return member as Member;
  }

  const members = await Promise.all(Array.from({ length: size }, (_, index) => startMember(index)));

  const alive = () => members.filter(({ pod }) => !pod.hasEnded());

  async function introduce(): Promise<void> {
    const ports = alive().map(({ pod }) => pod.ackPort);
    await Promise.all(alive().map(({ pod }) => ask(pod, { type: 'peers', ports })));
  }

  async function tell(message: ToPodCall, index?: number): Promise<void> {
    const targets = index === undefined ? alive() : [members[index]!];
    await Promise.all(targets.map(({ pod }) => ask(pod, message)));
  }

  return {
    size,
    async configure(settingsOf, newListener) {
      listener = newListener;
      await Promise.all(
        members.map(async ({ pod }, index) => {
          if (pod.hasEnded()) members[index] = await startMember(index);
          await give(members[index]!, settingsOf(index));
        }),
      );
      await introduce();
    },
    tell,
    async start(load) {
      for (const member of members) member.load = load;
      await tell({ type: 'start', load });
    },
    async kill(index) {
      await members[index]!.pod.end();
    },
    freeze: (index) => members[index]!.pod.signal('SIGSTOP'),
    thaw: (index) => members[index]!.pod.signal('SIGCONT'),
    async crash(index, point, action) {
      const { pod } = members[index]!;
      await ask(pod, { type: 'arm', point, action });
      if (action === 'SIGKILL') await pod.ended;
    },
    async revive(index) {
      const { settings, load } = members[index]!;
      const member = await startMember(index);
      members[index] = member;
      await give(member, settings!);
      await introduce();
      if (!load) return;
      member.load = load;
      await ask(member.pod, { type: 'start', load });
    },
    async close() {
      await Promise.all(members.map(({ pod }) => pod.end()));
    },
  };
}

async function give(member: Member, settings: PodSettings): Promise<void> {
  member.settings = { ...settings, name: member.name };
  await ask(member.pod, { type: 'configure', settings: member.settings });
}

/** A pod that dies meanwhile has nothing more to do. */
async function ask(pod: PodProcess, message: ToPodCall): Promise<void> {
  await Promise.race([pod.call(message), pod.ended]);
}
