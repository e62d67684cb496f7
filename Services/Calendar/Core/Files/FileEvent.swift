import Almanac
import ICalendar
import Wire

/// One event of a calendar file, or one time of a series that is not like the others.
struct FileEvent: Sendable, Equatable {
  /// Of a changed time, the series' own and which time it is.
  var uid = ""
  var series = ""
  var summary = ""
  var description = ""
  var location = ""
  var zone = ""
  var allDay = false
  var start = 0
  var end = 0
  var rule: String?
  var skipped: [Int] = []
  var busy = true
}

/// All that a file says of one UID.
struct FileSeries: Sendable, Equatable {
  let uid: String
  /// Takes the place of what was known of it. A file may also bring single times of a series that it does not have.
  var isWhole = false
  var events: [FileEvent] = []
  /// Times of the series that are left out, or stand by themselves.
  var skipped: [Int] = []
}

/// What a calendar file means: what to keep, and what could not be understood.
struct FileImport: Sendable {
  /// Why an event was left out; the words are told to clients.
  enum Reason: String, Sendable {
    case noUID = "no uid"
    case badTime = "invalid time"
    case badRule = "invalid recurrence"
    case tooFine = "repeats within a day"
    case range = "changes a range of times"
    case past = "more than a year ago"
    case twice
  }

  var series: [FileSeries] = []
  var leftOut: [(uid: String, reason: Reason)] = []

  /// What to keep, each UID once: a list of times may name one twice. The last counts, in the series of the first.
  var events: [FileEvent] {
    series.flatMap(\.events).merged(by: \.uid) { kept, event in
      let series = kept.series
      kept = event
      kept.series = series
    }
  }
}
