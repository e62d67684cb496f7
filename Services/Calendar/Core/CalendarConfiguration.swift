import Settings

/// What an operator can set for this service alone.
public struct CalendarConfiguration: Sendable {
  init(_ reader: inout EnvironmentReader) {}
}
