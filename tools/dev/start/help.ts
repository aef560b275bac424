export const USAGE = `Starts Relay on this machine: both services, a Postgres and a Redis. Ctrl-C ends all of it.

  npm start

Settings are environment variables; these are used most:

  PORT, ADMIN_PORT  the ports of the API and of health and metrics   (5000, 5001)
  RELAY_DIR         the folder of the data                           (.relay)
  DATABASE_URL      a Postgres of your own                           (an embedded one)
  REDIS_URL         a Redis of your own                              (a server of the PATH)
  LOG_LEVEL         such as warn or debug                            (info)

The README has all of them. A second Relay: RELAY_DIR=.relay-2 PORT=5050 ADMIN_PORT=5051 npm start`;
