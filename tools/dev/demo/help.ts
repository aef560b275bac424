export const USAGE = `Walks through the cache with a few calls, and shows each answer, its source and its time.

  npm run demo

It calls the Relay of the folder RELAY_DIR (.relay) that runs on this machine, else that at
http://localhost:5000, such as that of "npm run cluster". Environment variables for another one:

  BASE_URL        where its API is
  ADMIN_URL       where its metrics are
  REDIS_URL       its Redis, to show its keys, with REDIS_PASSWORD, and REDIS_CLUSTER or
                  REDIS_SENTINEL_MASTER`;
