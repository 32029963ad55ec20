/* Records what a process does to the files below one folder, for LD_PRELOAD: each write with its
 * bytes, each change of a name, each sync, in one order. Syncs are only recorded: what they would
 * have made durable is worked out from the record. sync_file_range makes nothing durable, so it
 * is not even that.
 *
 * COUNTYWIRE_RECORD_FOLDER: the folder, an absolute path. COUNTYWIRE_RECORD: the record, appended
 * to. COUNTYWIRE_RECORD_STEPS: the process kills itself before the step after so many. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum step { CREATE = 1, MAKE_FOLDER, RENAME, REMOVE, WRITE, LENGTH, SYNC };

struct head {
    uint32_t step, name_bytes;
    uint64_t inode, at, bytes;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record_fd = -1;
static const char *folder;
static long steps_left;

__attribute__((constructor)) static void begin(void) {
    const char *record = getenv("COUNTYWIRE_RECORD"), *steps = getenv("COUNTYWIRE_RECORD_STEPS");
    folder = getenv("COUNTYWIRE_RECORD_FOLDER");
    if (!record || !steps || !folder) return;
    steps_left = atol(steps);
    record_fd = syscall(SYS_openat, AT_FDCWD, record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record_fd < 0) abort();
}

static int is_below(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return 1;
}

/* Whether it lies in the folder; its absolute path. */
static int resolve(int at, const char *name, char *path) {
    if (record_fd < 0) return 0;
    if (name[0] == '/') {
        if (strlen(name) >= PATH_MAX) return 0;
        strcpy(path, name);
    } else {
        if (at == AT_FDCWD ? !getcwd(path, PATH_MAX) : !path_of(at, path)) return 0;
        if (strlen(path) + strlen(name) + 2 > PATH_MAX) return 0;
        strcat(strcat(path, "/"), name);
    }
    return is_below(path);
}

/* Whether it is a file of the folder; its inode. */
static int is_ours(int fd, uint64_t *inode) {
    char path[PATH_MAX];
    struct stat found;
    if (record_fd < 0 || !path_of(fd, path) || !is_below(path) || fstat(fd, &found)) return 0;
    *inode = found.st_ino;
    return 1;
}

/* Before each step: from here to `done` nobody else does anything. */
static void step(void) {
    pthread_mutex_lock(&lock);
    if (steps_left-- <= 0) syscall(SYS_kill, getpid(), SIGKILL);
}

static void record(enum step step, uint64_t inode, uint64_t at, const char *from, const char *to,
                   const void *data, size_t bytes) {
    size_t from_bytes = from ? strlen(from) + 1 : 0, to_bytes = to ? strlen(to) + 1 : 0;
    struct head head = {step, from_bytes + to_bytes, inode, at, bytes};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)from, from_bytes}, {(void *)to, to_bytes}, {(void *)data, bytes}};
    ssize_t all = sizeof head + from_bytes + to_bytes + bytes;
    if (syscall(SYS_writev, record_fd, parts, 4) != all) abort();
}

static long done(long result) {
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}

static int open_at(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat found;
    int changes = (flags & (O_CREAT | O_TRUNC)) && resolve(at, name, path);
    int existed = changes && stat(path, &found) == 0;
    if (!changes || (existed && !(flags & O_TRUNC))) return syscall(SYS_openat, at, name, flags, mode);
    step();
    int fd = syscall(SYS_openat, at, name, flags, mode);
    if (fd >= 0 && fstat(fd, &found) == 0) {
        if (existed) record(LENGTH, found.st_ino, 0, 0, 0, 0, 0);
        else record(CREATE, found.st_ino, 0, path, 0, 0, 0);
    }
    return done(fd);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }

int open(const char *name, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return open_at(AT_FDCWD, name, flags | O_LARGEFILE, mode); }
int openat(int at, const char *name, int flags, ...) { MODE(flags) return open_at(at, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { MODE(flags) return open_at(at, name, flags | O_LARGEFILE, mode); }

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    uint64_t inode;
    if (!is_ours(fd, &inode)) return syscall(SYS_pwrite64, fd, data, bytes, at);
    step();
    ssize_t written = syscall(SYS_pwrite64, fd, data, bytes, at);
    if (written > 0) record(WRITE, inode, at, 0, 0, data, written);
    return done(written);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) { return pwrite(fd, data, bytes, at); }

ssize_t write(int fd, const void *data, size_t bytes) {
    uint64_t inode;
    if (!is_ours(fd, &inode)) return syscall(SYS_write, fd, data, bytes);
    step();
    ssize_t written = syscall(SYS_write, fd, data, bytes);
    if (written > 0) record(WRITE, inode, lseek(fd, 0, SEEK_CUR) - written, 0, 0, data, written);
    return done(written);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    uint64_t inode;
    if (!is_ours(fd, &inode)) return syscall(SYS_writev, fd, parts, count);
    /* As a short write: the caller comes again with the rest. */
    for (; count > 1 && parts->iov_len == 0; parts++) count--;
    return count > 0 ? write(fd, parts->iov_base, parts->iov_len) : 0;
}

int ftruncate(int fd, off_t length) {
    uint64_t inode;
    if (!is_ours(fd, &inode)) return syscall(SYS_ftruncate, fd, length);
    step();
    int result = syscall(SYS_ftruncate, fd, length);
    if (result == 0) record(LENGTH, inode, length, 0, 0, 0, 0);
    return done(result);
}

int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

int fsync(int fd) {
    uint64_t inode;
    if (!is_ours(fd, &inode)) return syscall(SYS_fsync, fd);
    step();
    record(SYNC, inode, 0, 0, 0, 0, 0);
    return done(0);
}

int fdatasync(int fd) { return fsync(fd); }

int sync_file_range(int fd, off64_t at, off64_t bytes, unsigned flags) {
    (void)fd, (void)at, (void)bytes, (void)flags;
    return 0;
}

int mkdirat(int at, const char *name, mode_t mode) {
    char path[PATH_MAX];
    struct stat found;
    if (!resolve(at, name, path)) return syscall(SYS_mkdirat, at, name, mode);
    step();
    int result = syscall(SYS_mkdirat, at, name, mode);
    if (result == 0 && stat(path, &found) == 0) record(MAKE_FOLDER, found.st_ino, 0, path, 0, 0, 0);
    return done(result);
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    char from_path[PATH_MAX], to_path[PATH_MAX];
    int ours = resolve(from_at, from, from_path) && resolve(to_at, to, to_path);
    if (!ours) return syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    step();
    int result = syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    if (result == 0) record(RENAME, 0, 0, from_path, to_path, 0, 0);
    return done(result);
}

int renameat(int from_at, const char *from, int to_at, const char *to) { return renameat2(from_at, from, to_at, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int at, const char *name, int flags) {
    char path[PATH_MAX];
    if (!resolve(at, name, path)) return syscall(SYS_unlinkat, at, name, flags);
    step();
    int result = syscall(SYS_unlinkat, at, name, flags);
    if (result == 0) record(REMOVE, 0, 0, path, 0, 0, 0);
    return done(result);
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
