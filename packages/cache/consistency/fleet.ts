import type { CrashAction, CrashPoint, FromPod, Load, PodSettings } from './messages.ts';
import { startPod, type PodProcess, type ToPodCall } from './pod-process.ts';

/** Several pods. They outlive a scenario; a killed pod is replaced. */
export interface Fleet {
  readonly size: number;
  /** Gives every pod its settings, and has its messages sent to a listener. Replaces dead pods. */
  configure(
    settingsOf: (index: number) => PodSettings,
    listener: (pod: string, message: FromPod) => void,
  ): Promise<void>;
  /** To one pod, or to all that are alive. Resolves when they have done it, or died. */
  send(message: ToPodCall, index?: number): Promise<void>;
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
    // The name of a member is that of its latest settings: messages of an earlier scenario have none.
    const member: Partial<Member> = { name };
    member.pod = await startPod((message) => listener?.(member.name!, message));
    member.settings = undefined;
    void member.pod.ended.then(() => onEnd(member.name!));
    return member as Member;
  }

  const members = await Promise.all(Array.from({ length: size }, (_, index) => startMember(index)));

  const alive = () => members.filter(({ pod }) => !pod.hasEnded());

  async function connectPeers(): Promise<void> {
    const ports = alive().map(({ pod }) => pod.ackPort);
    await Promise.all(alive().map(({ pod }) => request(pod, { type: 'peers', ports })));
  }

  async function send(message: ToPodCall, index?: number): Promise<void> {
    const targets = index === undefined ? alive() : [members[index]!];
    await Promise.all(targets.map(({ pod }) => request(pod, message)));
  }

  return {
    size,
    async configure(settingsOf, newListener) {
      listener = newListener;
      await Promise.all(
        members.map(async ({ pod }, index) => {
          if (pod.hasEnded()) members[index] = await startMember(index);
          await configureMember(members[index]!, settingsOf(index));
        }),
      );
      await connectPeers();
    },
    send,
    async start(load) {
      for (const member of members) member.load = load;
      await send({ type: 'start', load });
    },
    async kill(index) {
      await members[index]!.pod.end();
    },
    freeze: (index) => members[index]!.pod.signal('SIGSTOP'),
    thaw: (index) => members[index]!.pod.signal('SIGCONT'),
    async crash(index, point, action) {
      const { pod } = members[index]!;
      await request(pod, { type: 'arm', point, action });
      if (action === 'SIGKILL') await pod.ended;
    },
    async revive(index) {
      const { settings, load } = members[index]!;
      const member = await startMember(index);
      members[index] = member;
      await configureMember(member, settings!);
      await connectPeers();
      if (!load) return;
      member.load = load;
      await request(member.pod, { type: 'start', load });
    },
    async close() {
      await Promise.all(members.map(({ pod }) => pod.end()));
    },
  };
}

async function configureMember(member: Member, settings: PodSettings): Promise<void> {
  member.settings = { ...settings, name: member.name };
  await request(member.pod, { type: 'configure', settings: member.settings });
}

/** A pod that dies meanwhile has nothing more to do. */
async function request(pod: PodProcess, message: ToPodCall): Promise<void> {
  await Promise.race([pod.call(message), pod.ended]);
}
