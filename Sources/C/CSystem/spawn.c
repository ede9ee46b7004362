#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

extern int close_range(unsigned first, unsigned last, int flags);

// Only async-signal-safe calls from here to exec: the parent has other threads.
static void child(
    const char *const argv[], const char *const envp[], const char *working_directory, const int descriptors[3],
    int report, pid_t parent, int new_session, int parent_death_signal)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    if (new_session) setsid();
    if (parent_death_signal != 0) {
        prctl(PR_SET_PDEATHSIG, parent_death_signal);
        if (getppid() != parent) _exit(127);
    }
    // Move everything above 2 first, so that no dup2 below overwrites a descriptor still needed.
    int moved[3];
    for (int target = 0; target < 3; target++) {
        int source = descriptors[target] >= 0 ? descriptors[target] : open("/dev/null", O_RDWR | O_CLOEXEC);
        moved[target] = fcntl(source, F_DUPFD_CLOEXEC, 3);
        if (moved[target] < 0) goto failed;
    }
    int kept = fcntl(report, F_DUPFD_CLOEXEC, 3);
    if (kept < 0) goto failed;
    report = kept;
    for (int target = 0; target < 3; target++)
        if (dup2(moved[target], target) < 0) goto failed;
    if (working_directory != NULL && chdir(working_directory) != 0) goto failed;
    close_range(3, UINT32_MAX, 4 /* CLOSE_RANGE_CLOEXEC */);
    execve(argv[0], (char *const *)argv, (char *const *)envp);
failed:;
    int code = errno;
    ssize_t written = write(report, &code, sizeof code);
    (void)written;
    _exit(127);
}

pid_t CSystem_spawn(
    const char *const argv[], const char *const envp[], const char *working_directory, int standard_input,
    int standard_output, int standard_error, int new_session, int parent_death_signal)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    const int descriptors[3] = {standard_input, standard_output, standard_error};
    pid_t parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t process = fork();
    if (process == 0)
        child(argv, envp, working_directory, descriptors, report[1], parent, new_session, parent_death_signal);
    int failure = process < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (process < 0) {
        close(report[0]);
        return -failure;
    }
    int code = 0;
    ssize_t count;
    do count = read(report[0], &code, sizeof code);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    return count == sizeof code ? -code : process;
}

int CSystem_seal(void)
{
    const struct rlimit none = {0, 0};
    // A pattern that pipes dumps to a program does not ask for the limit, but for the flag.
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : -errno;
}

int CSystem_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;
}

int64_t CSystem_file_system(const char *path)
{
    struct statfs status;
    return statfs(path, &status) == 0 ? (int64_t)(uint32_t)status.f_type : -errno;
}
