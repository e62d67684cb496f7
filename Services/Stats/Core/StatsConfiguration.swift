import Settings

/// What an operator can set for this service alone.
public struct StatsConfiguration: Sendable {
  var identifiers = IdentifierMode.strict
  var sessionsPerCourse = 10_000
  /// Requests that one statement answers at most.
  var batchLimit = 256
  /// How long a request waits while there is no connection. It may have to sit out the batch before it as well, and
  /// both together are less than a caller of the bus waits.
  var outagePatience = Duration.milliseconds(1500)

  init() {}

  init(_ reader: inout EnvironmentReader) {
    identifiers = reader.choice(
      "CARILLON_STATS_ID_MODE",
      default: identifiers,
      "strict: ids are UUIDs; any: also 1 to 128 printable characters without a slash"
    )
    sessionsPerCourse = reader.int(
      "CARILLON_STATS_SESSIONS_PER_COURSE",
      default: sessionsPerCourse,
      in: 1...1_000_000,
      "sessions a user may have in one course"
    )
    batchLimit = reader.int(
      "CARILLON_STATS_BATCH_LIMIT",
      default: batchLimit,
      in: 1...1000,
      "requests that one statement answers at most"
    )
  }
}
