/* A disk that fails as it is told to, preloaded between a program and one SQLite file with its WAL.
 *
 * FAULTY_FILE     the database; its WAL is the same name with -wal. Nothing else is touched.
 * FAULTY_CONTROL  a file that says what fails now: full, readonly, io, sync, corrupt, stall; empty: nothing.
 * FAULTY_PLATTER  a folder that gets what is really on the disk: what was synced, and no more. Two files, db and wal.
 * FAULTY_CUT      after so many writes the power goes: of what was not synced any part may have reached the platter.
 * FAULTY_SEED     which part.
 * FAULTY_LIES     set: a sync says that it is done, and isn't. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { OTHER, DB, WAL, KINDS };
enum { SECTOR = 512, DESCRIPTORS = 4096, PATH = 4096 };

struct op {
  struct op *next;
  int truncates;
  off_t offset;
  size_t length;
  unsigned char data[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char kinds[DESCRIPTORS];
static struct op *pending[KINDS], **tails[KINDS];
static int platter[KINDS];
static long writes;
static uint64_t state;

static int kind_of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? kinds[fd] : OTHER; }

/* splitmix64 */
static uint64_t drawn(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static int platter_of(int kind) {
  const char *folder = getenv("FAULTY_PLATTER");
  if (!folder) return -1;
  if (!platter[kind]) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", folder, kind == DB ? "db" : "wal");
    platter[kind] = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  }
  return platter[kind];
}

static void note(int kind, int truncates, const void *data, size_t length, off_t offset) {
  if (platter_of(kind) < 0) return;
  struct op *op = malloc(sizeof *op + (truncates ? 0 : length));
  op->next = NULL, op->truncates = truncates, op->offset = offset, op->length = length;
  if (!truncates) memcpy(op->data, data, length);
  if (!pending[kind]) tails[kind] = &pending[kind];
  *tails[kind] = op, tails[kind] = &op->next;
}

static void apply(int kind, const struct op *op) {
  if (op->truncates) syscall(SYS_ftruncate, platter_of(kind), op->offset);
  else syscall(SYS_pwrite64, platter_of(kind), op->data, op->length, op->offset);
}

static void reach_the_platter(int kind) {
  while (pending[kind]) {
    struct op *op = pending[kind];
    apply(kind, op);
    pending[kind] = op->next;
    free(op);
  }
}

/* Of a write that was not synced, some sectors. */
static void apply_torn(int kind, const struct op *op) {
  for (size_t at = 0; at < op->length; at += SECTOR) {
    size_t length = op->length - at < SECTOR ? op->length - at : SECTOR;
    if (drawn() & 1) syscall(SYS_pwrite64, platter_of(kind), op->data + at, length, op->offset + (off_t)at);
  }
}

static void cut_the_power(void) {
  for (int kind = DB; kind < KINDS; kind++)
    for (struct op *op = pending[kind]; op; op = op->next)
      switch (drawn() % 4) {
        case 0: case 1: break;
        case 2: apply(kind, op); break;
        default: if (op->truncates) apply(kind, op); else apply_torn(kind, op);
      }
  syscall(SYS_exit_group, 137);
}

static void count_a_write(void) {
  const char *cut = getenv("FAULTY_CUT");
  if (!writes) state = getenv("FAULTY_SEED") ? strtoull(getenv("FAULTY_SEED"), NULL, 10) : 0;
  if (++writes && cut && writes > atol(cut)) cut_the_power();
}

/* What fails now. */
static int fails(const char *word) {
  const char *path = getenv("FAULTY_CONTROL");
  if (!path) return 0;
  char says[32] = {0};
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t got = syscall(SYS_read, fd, says, sizeof says - 1);
  syscall(SYS_close, fd);
  return got > 0 && !strcmp(says, word);
}

/* The error of a write, or 0. */
static int refusal(void) {
  while (fails("stall")) usleep(5000);
  return fails("full") ? ENOSPC : fails("readonly") ? EROFS : fails("io") ? EIO : 0;
}

static int opened(int fd, const char *path) {
  const char *file = getenv("FAULTY_FILE");
  if (fd < 0 || fd >= DESCRIPTORS || !file) return fd;
  size_t length = strlen(file);
  int kind = strncmp(path, file, length) ? OTHER : !path[length] ? DB : !strcmp(path + length, "-wal") ? WAL : OTHER;
  kinds[fd] = kind;
  if (kind) platter_of(kind);
  return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
  return opened(syscall(SYS_openat, folder, path, flags, mode), path);
}

#define MODE(flags, mode) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) { MODE(flags, mode) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags, mode) return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags, mode) return open_at(folder, path, flags, mode); }

int close(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) kinds[fd] = OTHER;
  return syscall(SYS_close, fd);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
  int kind = kind_of(fd);
  if (!kind) return syscall(SYS_pwrite64, fd, data, length, offset);
  int refused = refusal();
  if (refused) { errno = refused; return -1; }
  pthread_mutex_lock(&lock);
  count_a_write();
  ssize_t written = syscall(SYS_pwrite64, fd, data, length, offset);
  if (written > 0) note(kind, 0, data, written, offset);
  pthread_mutex_unlock(&lock);
  return written;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t pread64(int fd, void *data, size_t length, off_t offset) {
  ssize_t got = syscall(SYS_pread64, fd, data, length, offset);
  if (got > 0 && kind_of(fd) == DB && offset && fails("corrupt")) memset(data, 0xff, got);
  return got;
}
ssize_t pread(int fd, void *data, size_t length, off_t offset) { return pread64(fd, data, length, offset); }

int ftruncate64(int fd, off_t length) {
  int kind = kind_of(fd), refused = kind ? refusal() : 0;
  if (refused) { errno = refused; return -1; }
  pthread_mutex_lock(&lock);
  int result = syscall(SYS_ftruncate, fd, length);
  if (kind && !result) note(kind, 1, NULL, 0, length);
  pthread_mutex_unlock(&lock);
  return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, long number) {
  int kind = kind_of(fd);
  if (!kind) return syscall(number, fd);
  while (fails("stall")) usleep(5000);
  if (fails("sync")) { errno = EIO; return -1; }
  pthread_mutex_lock(&lock);
  if (!getenv("FAULTY_LIES")) reach_the_platter(kind);
  pthread_mutex_unlock(&lock);
  return 0;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int unlink(const char *path) {
  const char *file = getenv("FAULTY_FILE");
  size_t length = file ? strlen(file) : 0;
  if (file && !strncmp(path, file, length) && !strcmp(path + length, "-wal") && platter_of(WAL) >= 0) {
    pthread_mutex_lock(&lock);
    reach_the_platter(WAL);
    syscall(SYS_ftruncate, platter_of(WAL), 0);
    pthread_mutex_unlock(&lock);
  }
  return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
