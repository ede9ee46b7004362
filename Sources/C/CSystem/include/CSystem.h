#ifndef TRAWL_CSYSTEM_H
#define TRAWL_CSYSTEM_H

#include <stdint.h>
#include <sys/types.h>

/// Starts `argv[0]` (an absolute path) with exactly the environment `envp`.
///
/// In the child every signal disposition is the default and no signal is blocked; standard input, output and error
/// are the three descriptors given (-1 means /dev/null) and every other descriptor is closed. With `new_session` the
/// child leads a session of its own, so a terminal's Ctrl-C does not reach it. `parent_death_signal` (0 for none) is
/// sent to the child when the calling *thread* ends: call from a thread that lives as long as the process.
///
/// Returns the child's process id, or minus an errno value.
pid_t CSystem_spawn(
    const char *const argv[], const char *const envp[], const char *working_directory, int standard_input,
    int standard_output, int standard_error, int new_session, int parent_death_signal);

/// A pipe whose ends no child inherits: `ends[0]` reads, `ends[1]` writes. Returns 0, or minus an errno value.
int CSystem_pipe(int ends[2]);

/// Keeps the process's memory and environment from other processes of its user: no core dump, whatever the system does
/// with them, and nothing in /proc but for root. Returns 0, or minus an errno value.
int CSystem_seal(void);

/// The kind of file system that `path` lies on, by the magic number of statfs(2), or minus an errno value.
int64_t CSystem_file_system(const char *path);

#endif
