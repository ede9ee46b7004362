import Testing

/// Whole runs of the built program: real processes, signals, sockets and files. One at a time, because each keeps all
/// cores busy.
@Suite(.serialized) struct ClusterTests {}
