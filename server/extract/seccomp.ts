/**
 * A filter of system calls (seccomp-bpf, Linux' seccomp(2)) for a program that reads standard input and its own code and
 * writes to standard output. The kernel asks it at every call, for good, whatever runs in the process afterwards.
 *
 * It is a list of what is refused and not of what is allowed, because Node and V8 may need other harmless calls with each
 * version, and a document must never fail for that.
 */

/** Numbers of a call on x86-64 and on arm64; null where there is none. */
type Call = readonly [x64: number | null, arm64: number | null]

const ARCHITECTURES = {
  x64: { column: 0, audit: 0xC000003E, prctl: 157, seccomp: 317 },
  arm64: { column: 1, audit: 0xC00000B7, prctl: 167, seccomp: 277 },
} as const

export type SeccompArchitecture = keyof typeof ARCHITECTURES

const REFUSED: Record<string, Call> = {
  // No connections, of any kind: without a socket there is nothing to connect.
  socket: [41, 198], socketpair: [53, 199], connect: [42, 203], bind: [49, 200], listen: [50, 201], accept: [43, 202], accept4: [288, 242],
  // No other processes, and no hand on those that are there.
  fork: [57, null], vfork: [58, null], execveat: [322, 281],
  kill: [62, 129], tkill: [200, 130], tgkill: [234, 131], rt_sigqueueinfo: [129, 138], rt_tgsigqueueinfo: [297, 240],
  pidfd_open: [434, 434], pidfd_getfd: [438, 438], pidfd_send_signal: [424, 424],
  ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271], kcmp: [312, 272],
  // No change to any folder.
  creat: [85, null], truncate: [76, 45], unlink: [87, null], unlinkat: [263, 35], rename: [82, null], renameat: [264, 38], renameat2: [316, 276],
  mkdir: [83, null], mkdirat: [258, 34], rmdir: [84, null], link: [86, null], linkat: [265, 37], symlink: [88, null], symlinkat: [266, 36],
  mknod: [133, null], mknodat: [259, 33], chmod: [90, null], fchmodat: [268, 53], fchmodat2: [452, 452], chown: [92, null], lchown: [94, null], fchownat: [260, 54],
  // Nothing of the kernel that such a program never needs and that has had holes.
  unshare: [272, 97], setns: [308, 268], mount: [165, 40], bpf: [321, 280], perf_event_open: [298, 241], userfaultfd: [323, 282],
  add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219], shmget: [29, 194], msgget: [68, 186],
}

/** The C library and libuv take these for calls that an older kernel lacks, and use the ones that can be looked into. */
const UNKNOWN: Record<string, Call> = { clone3: [435, 435], openat2: [437, 437], io_uring_setup: [425, 425] }

/** Flags of open(2) that write: O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE; the same on both architectures but for bits of no use alone. */
const OPEN_TO_WRITE = 0x1 | 0x2 | 0x40 | 0x200
const CLONE_THREAD = 0x10000
const EPERM = 1
const ENOSYS = 38

/** Instructions of classic BPF (linux/bpf_common.h) and the filter's answers (linux/seccomp.h). */
const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const ANY_BIT = 0x45
const RETURN = 0x06
const ALLOW = 0x7FFF0000
const ERRNO = 0x00050000
const KILL_PROCESS = 0x80000000
/** Offsets in struct seccomp_data; arguments are 64 bits wide, their lower halves come first. */
const NUMBER = 0
const ARCHITECTURE = 4
const argument = (index: number) => 16 + 8 * index

type Instruction = readonly [code: number, yes: number, no: number, value: number]

/** The filter as bytes (struct sock_filter each), and the calls that set it. */
export function seccompFilter(architecture: SeccompArchitecture): { program: Buffer, prctl: number, seccomp: number } {
  const { column, audit, prctl, seccomp } = ARCHITECTURES[architecture]
  const numbers = (calls: Record<string, Call>) => Object.values(calls).flatMap(call => call[column] ?? [])
  const refuse = (number: number, errno: number): Instruction[] => [[EQUAL, 0, 1, number], [RETURN, 0, 0, ERRNO | errno]]
  /** Refused when the argument has one of the bits (or none of them, the other way round). */
  const look = (number: number, index: number, bits: number, refused: 'any' | 'none'): Instruction[] => [
    [EQUAL, 0, 4, number], [LOAD, 0, 0, argument(index)],
    [ANY_BIT, ...refused === 'any' ? [0, 1] as const : [1, 0] as const, bits], [RETURN, 0, 0, ERRNO | EPERM], [RETURN, 0, 0, ALLOW],
  ]
  const instructions: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE], [EQUAL, 1, 0, audit], [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, NUMBER],
    // The numbers of the x32 interface are another way to the same calls.
    [AT_LEAST, 0, 1, 0x40000000], [RETURN, 0, 0, ERRNO | ENOSYS],
    ...numbers(REFUSED).flatMap(number => refuse(number, EPERM)),
    ...numbers(UNKNOWN).flatMap(number => refuse(number, ENOSYS)),
    ...column === 0 ? look(2, 1, OPEN_TO_WRITE, 'any') : [],
    ...look(column === 0 ? 257 : 56, 2, OPEN_TO_WRITE, 'any'),
    // Its own limits may be looked at, those of another process may not be touched.
    ...look(column === 0 ? 302 : 261, 0, 0xFFFFFFFF, 'any'),
    // A thread shares everything with its program, a process would not.
    ...look(column === 0 ? 56 : 220, 0, CLONE_THREAD, 'none'),
    [RETURN, 0, 0, ALLOW],
  ]
  const program = Buffer.alloc(instructions.length * 8)
  for (const [index, [code, yes, no, value]] of instructions.entries()) {
    program.writeUInt16LE(code, index * 8)
    program[index * 8 + 2] = yes
    program[index * 8 + 3] = no
    program.writeUInt32LE(value >>> 0, index * 8 + 4)
  }
  return { program, prctl, seccomp }
}
