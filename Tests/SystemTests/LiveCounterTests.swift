import Kit
import Testing

/// The live counter with real daemons, one stack at a time: each test has a fresh counter.
@Suite(.needsDaemons, .serialized) struct LiveCounterTests {}
