// For mongosh, signed in as a server of the set: makes the replica set out of MONGODB_MEMBERS (host:port, separated by commas) unless it exists, and waits for
// its primary. May be run again.
const members = process.env.MONGODB_MEMBERS.split(',').map((host, _id) => ({ _id, host }));
const waitMaxMs = 120_000;

try {
  rs.status();
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error;
  rs.initiate({ _id: 'flotilla', members });
}
for (const endMs = Date.now() + waitMaxMs; !db.hello().primary; sleep(1_000)) {
  if (Date.now() > endMs) throw new Error(`no primary within ${waitMaxMs / 1_000} s`);
}
