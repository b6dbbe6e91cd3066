import { localCredentials } from '../../server/utils/local-credentials.ts'

/** Makes the local password and session secret unless they are there, and says where they are. */
const dataDir = process.env.RAGTIME_DATA_DIR || '.data'
const { given } = localCredentials(dataDir, process.env)
console.log(given ? 'ragtime: the password is the one in RAGTIME_PASSWORD' : `ragtime: the local password is in ${dataDir}/local-credentials.json; script/start prints it`)
