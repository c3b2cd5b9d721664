// libnccl for simulated devices: each rank is a process, and all meet over Unix sockets, one between any two of them.
// Collective calls send every buffer to everybody and compute in the order of ranks. What one rank calls is compared
// with what the others do. GPUSIM_NCCL_FAIL=NAME:CODE lets a function fail.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef size_t Size;
enum { OK = 0, SYSTEM = 2, INTERNAL = 3, ARGUMENT = 4, USAGE = 5, REMOTE = 6 };
enum { I8, U8, I32, U32, I64, U64, F16, F32, F64, BF16 };
enum { SUM, PROD, MAX, MIN, AVG };
enum { MOST = 16, QUEUE = 1024 };
typedef struct { char internal[128]; } UniqueId;
typedef struct { int rank, size, sockets[MOST]; } Comm;
typedef struct { int kind, type, op, root; Size count; } Header;

static char last[512];
static int fault(int code, const char *text) {
  snprintf(last, sizeof last, "%s", text);
  return code;
}
static int wanted(const char *name) {
  const char *fail = getenv("GPUSIM_NCCL_FAIL");
  Size length = strlen(name);
  return fail && !strncmp(fail, name, length) && fail[length] == ':' ? fault(atoi(fail + length + 1), "as asked for") : OK;
}
const char *ncclGetErrorString(int code) { return code == USAGE ? "invalid usage" : code == ARGUMENT ? "invalid argument" : "simulated error"; }
const char *ncclGetLastError(Comm *comm) { return last; }
int ncclCommGetAsyncError(Comm *comm, int *code) { *code = OK; return wanted("ncclCommGetAsyncError"); }

// ------------------------------------------------------------------------------------------ communicators

int ncclGetUniqueId(UniqueId *id) {
  static int count;
  memset(id, 0, sizeof *id);
  snprintf(id->internal, sizeof id->internal, "gpusim-nccl-%d-%d", getpid(), count++);
  return wanted("ncclGetUniqueId");
}

static struct sockaddr_un named(const UniqueId *id, int rank, socklen_t *length) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};  // a name that begins with 0 is no file
  int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s-%d", id->internal, rank);
  *length = offsetof(struct sockaddr_un, sun_path) + 1 + n;
  return address;
}
static int all_written(int socket, const void *data, Size bytes) {
  for (Size done = 0; done < bytes;) {
    ssize_t n = send(socket, (const char *)data + done, bytes - done, MSG_NOSIGNAL);
    if (n <= 0) return 0;
    done += n;
  }
  return 1;
}
static int all_read(int socket, void *data, Size bytes) {
  for (Size done = 0; done < bytes;) {
    ssize_t n = read(socket, (char *)data + done, bytes - done);
    if (n <= 0) return 0;
    done += n;
  }
  return 1;
}

int ncclCommInitRank(Comm **comm, int size, UniqueId id, int rank) {
  if (wanted("ncclCommInitRank")) return wanted("ncclCommInitRank");
  if (size > MOST) return fault(ARGUMENT, "more ranks than the simulation has room for");
  Comm *made = calloc(1, sizeof(Comm));
  socklen_t length;
  struct sockaddr_un address = named(&id, rank, &length);
  int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listening, (void *)&address, length) || listen(listening, MOST)) return fault(SYSTEM, "no socket");
  made->rank = rank, made->size = size;
  for (int other = 0; other < rank; other++) {
    made->sockets[other] = socket(AF_UNIX, SOCK_STREAM, 0);
    address = named(&id, other, &length);
    while (connect(made->sockets[other], (void *)&address, length)) usleep(1000);
    all_written(made->sockets[other], &rank, sizeof rank);
  }
  for (int i = rank + 1; i < size; i++) {
    int other, came = accept(listening, 0, 0);
    if (!all_read(came, &other, sizeof other)) return fault(SYSTEM, "a rank has left");
    made->sockets[other] = came;
  }
  close(listening);
  *comm = made;
  return OK;
}
int ncclCommAbort(Comm *comm) {
  for (int other = 0; other < comm->size; other++)
    if (other != comm->rank) close(comm->sockets[other]);
  free(comm);
  return OK;
}
int ncclCommDestroy(Comm *comm) { return ncclCommAbort(comm); }

// ------------------------------------------------------------------------------------------------- messages

typedef struct { int sends, peer; Comm *comm; void *data; Header header; Size bytes; int status; pthread_t thread; } Message;
static __thread Message queue[QUEUE];
static __thread int depth, waiting;

static void *send_one(void *given) {
  Message *m = given;
  if (m->peer == m->comm->rank) return 0;
  int socket = m->comm->sockets[m->peer];
  m->status = all_written(socket, &m->header, sizeof(Header)) && all_written(socket, m->data, m->bytes) ? OK : REMOTE;
  return 0;
}
// A rank's message to itself is copied from the send that waits for it.
static int receive_own(Message *m) {
  for (int i = 0; i < waiting; i++)
    if (queue[i].sends && queue[i].comm == m->comm && queue[i].peer == m->peer && queue[i].bytes == m->bytes) {
      memmove(m->data, queue[i].data, m->bytes);
      return OK;
    }
  return fault(USAGE, "a rank does not send to itself");
}
static int receive_one(Message *m) {
  Header came;
  if (m->peer == m->comm->rank) return receive_own(m);
  int socket = m->comm->sockets[m->peer];
  if (!all_read(socket, &came, sizeof came)) return fault(REMOTE, "a rank has left");
  if (memcmp(&came, &m->header, sizeof came)) return fault(USAGE, "ranks make different calls");
  return all_read(socket, m->data, m->bytes) ? OK : fault(REMOTE, "a rank has left");
}
// Each message is sent by a thread of its own, so that none waits for another.
static int flush(void) {
  int status = OK;
  for (int i = 0; i < waiting; i++)
    if (queue[i].sends) pthread_create(&queue[i].thread, 0, send_one, &queue[i]);
  for (int i = 0; i < waiting; i++)
    if (!queue[i].sends && !status) status = receive_one(&queue[i]);
  for (int i = 0; i < waiting; i++)
    if (queue[i].sends) {
      pthread_join(queue[i].thread, 0);
      if (!status) status = queue[i].status;
    }
  waiting = 0;
  return status;
}
static int message(int sends, void *data, Size bytes, Header header, int peer, Comm *comm) {
  if (waiting == QUEUE || peer < 0 || peer >= comm->size) return fault(USAGE, "no such message");
  queue[waiting++] = (Message){.sends = sends, .peer = peer, .comm = comm, .data = data, .header = header, .bytes = bytes};
  return depth ? OK : flush();
}

static const int widths[] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2};
// Kernels and NCCL may touch memory of the device alone.
static int on_device(const void *data) {
  static int (*asked)(unsigned long long);
  void *driver = asked ? 0 : dlopen("libcuda.so.1", RTLD_NOW);
  if (driver) asked = (int (*)(unsigned long long))dlsym(driver, "gpusim_on_device");
  return asked((unsigned long long)data);
}
static int check(const char *name, const void *a, const void *b, void *stream) {
  if (wanted(name)) return wanted(name);
  if (!stream) return fault(ARGUMENT, "no stream");
  return on_device(a) && on_device(b) ? OK : fault(ARGUMENT, "an address that is not of the device");
}

int ncclGroupStart(void) { depth++; return OK; }
int ncclSend(const void *data, Size count, int type, int peer, Comm *comm, void *stream) {
  int status = check("ncclSend", data, data, stream);
  return status ? status : message(1, (void *)data, count * widths[type], (Header){9, type, 0, 0, count}, peer, comm);
}
int ncclRecv(void *data, Size count, int type, int peer, Comm *comm, void *stream) {
  int status = check("ncclRecv", data, data, stream);
  return status ? status : message(0, data, count * widths[type], (Header){9, type, 0, 0, count}, peer, comm);
}

// ----------------------------------------------------------------------------------------------- collectives

static float bf16(unsigned short bits) {
  unsigned wide = (unsigned)bits << 16;
  float value;
  memcpy(&value, &wide, 4);
  return value;
}
static unsigned short to_bf16(float value) {
  unsigned bits;
  memcpy(&bits, &value, 4);
  return value != value ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}
#define CASES(X) X(I8, signed char) X(U8, unsigned char) X(I32, int) X(I64, long) X(F16, _Float16) X(F32, float) X(F64, double)
static long double element(const char *data, Size i, int type) {
  switch (type) {
#define READ(name, kind) case name: return ((const kind *)data)[i];
    CASES(READ)
    default: return bf16(((const unsigned short *)data)[i]);
  }
}
static void put(char *data, Size i, int type, long double value) {
  switch (type) {
#define WRITE(name, kind) case name: ((kind *)data)[i] = (kind)(name <= I64 ? (kind)(long)value : value); break;
    CASES(WRITE)
    default: ((unsigned short *)data)[i] = to_bf16(value);
  }
}
static void combine(char *target, char **all, int size, Size from, Size count, int type, int op) {
  for (Size i = 0; i < count; i++) {
    long double value = element(all[0], from + i, type);
    for (int rank = 1; rank < size; rank++) {
      long double other = element(all[rank], from + i, type);
      value = op == PROD ? value * other : op == MAX ? fmaxl(value, other) : op == MIN ? fminl(value, other) : value + other;
    }
    put(target, i, type, op == AVG ? value / size : value);
  }
}

typedef struct { const char *name; const void *given; char *target; Header header; Comm *comm; } Collective;
static __thread Collective later[QUEUE];
static __thread int collectives;

// Gives every rank the buffers of all, then does what the call is for.
static int run(Collective *c) {
  Comm *comm = c->comm;
  Header h = c->header;
  Size width = widths[h.type], parts = h.kind == 5 ? comm->size : 1, bytes = h.count * parts * width;
  char *all[MOST];
  int before = depth, status = OK;
  depth = 1;
  for (int rank = 0; rank < comm->size; rank++) {
    all[rank] = malloc(bytes + 1);
    if (rank == comm->rank) {
      memcpy(all[rank], c->given, bytes);
      continue;
    }
    message(1, (void *)c->given, bytes, h, rank, comm);
    message(0, all[rank], bytes, h, rank, comm);
  }
  depth = before;
  status = flush();
  if (!status) {
    if (h.kind == 1 || (h.kind == 2 && h.root == comm->rank)) combine(c->target, all, comm->size, 0, h.count, h.type, h.op);
    if (h.kind == 3) memmove(c->target, all[h.root], bytes);
    if (h.kind == 4)
      for (int rank = 0; rank < comm->size; rank++) memmove(c->target + rank * bytes, all[rank], bytes);
    if (h.kind == 5) combine(c->target, all, comm->size, comm->rank * h.count, h.count, h.type, h.op);
  }
  for (int rank = 0; rank < comm->size; rank++) free(all[rank]);
  return status;
}
static int collective(const char *name, const void *given, void *target, Header header, Comm *comm, void *stream) {
  int status = check(name, given, target, stream);
  if (status) return status;
  if (header.root < 0 || header.root >= comm->size) return fault(ARGUMENT, "no such root");
  later[collectives] = (Collective){name, given, target, header, comm};
  if (depth) return ++collectives < QUEUE ? OK : fault(USAGE, "too many calls in a group");
  return run(&later[0]);
}
int ncclGroupEnd(void) {
  int status = OK;
  if (--depth) return OK;
  if (waiting) status = flush();
  for (int i = 0; i < collectives && !status; i++) status = run(&later[i]);
  collectives = 0;
  return status ? status : wanted("ncclGroupEnd");
}
int ncclAllReduce(const void *given, void *target, Size count, int type, int op, Comm *comm, void *stream) {
  return collective("ncclAllReduce", given, target, (Header){1, type, op, 0, count}, comm, stream);
}
int ncclReduce(const void *given, void *target, Size count, int type, int op, int root, Comm *comm, void *stream) {
  return collective("ncclReduce", given, target, (Header){2, type, op, root, count}, comm, stream);
}
int ncclBroadcast(const void *given, void *target, Size count, int type, int root, Comm *comm, void *stream) {
  return collective("ncclBroadcast", given, target, (Header){3, type, 0, root, count}, comm, stream);
}
int ncclAllGather(const void *given, void *target, Size count, int type, Comm *comm, void *stream) {
  return collective("ncclAllGather", given, target, (Header){4, type, 0, 0, count}, comm, stream);
}
int ncclReduceScatter(const void *given, void *target, Size count, int type, int op, Comm *comm, void *stream) {
  return collective("ncclReduceScatter", given, target, (Header){5, type, op, 0, count}, comm, stream);
}
