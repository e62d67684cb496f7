import Postgres
import Telemetry
import Wire

/// Everything the service has to tell about its work; what people plan is not among it.
enum CalendarEvent {
  case changed(Change)
  /// Times were looked for.
  case found(windows: Int)
  /// A linked calendar gave no answer, or none that makes sense.
  case calendarAway
  case databaseFailed(PostgresError)
  /// Reminders were handed to delivery.
  case reminded(Int)

  enum Change: String, CaseIterable, Sendable {
    case proposed, voted, accepted, declined, activated, held, edited, moved, cancelled, imported, exported
    case peopleAdded = "people_added"
    case personRemoved = "person_removed"
    case entryAdded = "entry_added"
    case entryRemoved = "entry_removed"
    case feedMade = "feed_made"
    case fileImported = "file_imported"
    case settingsChanged = "settings_changed"
  }
}

/// Turns events into metrics and, where an operator should see them one by one, log lines.
struct CalendarReporter: Sendable {
  private let log: Logger
  private let changes: Counters<CalendarEvent.Change>
  private let searches: Counter
  private let windows: Counter
  private let failures: Counter
  private let away: Counter
  private let reminders: Counter

  init(_ log: Logger, _ metrics: MetricsRegistry) {
    self.log = log
    changes = metrics.counters(
      "carillon_calendar_changes_total",
      "What happened to polls, events and entries.",
      label: "change",
      by: CalendarEvent.Change.self
    )
    searches = metrics.counter("carillon_calendar_searches_total", "Times that the finder was asked.")
    windows = metrics.counter("carillon_calendar_windows_total", "Windows that it found.")
    failures = metrics.counter("carillon_calendar_failed_requests_total", "Requests that failed with the database.")
    away = metrics.counter("carillon_calendar_provider_failures_total", "Linked calendars that gave no answer.")
    reminders = metrics.counter("carillon_calendar_reminders_total", "Reminders handed to delivery.")
  }

  func report(_ event: CalendarEvent) {
    switch event {
    case .changed(let change): changes[change].add()
    case .found(let count):
      searches.add()
      windows.add(count)
    case .calendarAway: away.add()
    case .reminded(let count): reminders.add(count)
    case .databaseFailed(let error):
      failures.add()
      log.warning("database_failed", ["error": .reason(error.description)])
    }
  }
}
