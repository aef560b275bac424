// What the webhook's pod runs: Alertmanager POSTs to it, the drill GETs what came, and DELETEs it.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const PORT = 8080;

interface Message {
  alerts: { status: string; fingerprint: string; labels: { alertname: string } }[];
}

let told: { name: string; fingerprint: string; status: string }[] = [];

createServer(async (request, response) => {
  if (request.method === 'POST') {
    const { alerts } = (await json(request)) as Message;
    told.push(
      ...alerts.map(({ status, fingerprint, labels }) => ({
        name: labels.alertname,
        fingerprint,
        status,
      })),
    );
  }
  if (request.method === 'DELETE') told = [];
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(told));
}).listen(PORT);
