import Testing

/// Tests that speak to a server over real sockets, one after the other: they share one loop, and some measure its time.
@Suite(.serialized, .timeLimit(.minutes(2)))
enum ServerTests {}
