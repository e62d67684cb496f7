import Settings

/// What an operator can set for this service alone.
public struct CalendarConfiguration: Sendable {
  /// Nil: calendars are not linked.
  var googleURL: String?

  init(_ reader: inout EnvironmentReader) {
    googleURL = reader.url(
      "CARILLON_GOOGLE_API_URL",
      schemes: ["https", "http"],
      "Google's calendar API, such as https://www.googleapis.com/calendar/v3; unset: no calendar is linked"
    )
  }
}
