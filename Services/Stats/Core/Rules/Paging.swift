import JSON
import Postgres
import Time
import Wire

/// The part of a course's sessions that a list asks for.
struct SessionPage: Equatable {
  let limit: Int
  let before: Timestamp?

  /// Reads the query's values as they were sent.
  init(limit: String?, before: String?) throws(Failure) {
    self.limit = try SessionPage.limit(limit)
    self.before = try SessionPage.before(before)
  }

  private static func limit(_ text: String?) throws(Failure) -> Int {
    guard let text else { return 100 }
    guard let limit = Int(text), (1...1000).contains(limit) else { throw .invalid("limit") }
    return limit
  }

  private static func before(_ text: String?) throws(Failure) -> Timestamp? {
    guard let text else { return nil }
    let milliseconds = (try? JSONValue(parsing: Array(text.utf8)))?.number?.double
    guard let milliseconds, (0...9_007_199_254_740_991).contains(milliseconds) else { throw .invalid("before") }
    return Timestamp(listed: milliseconds)
  }
}

extension Timestamp {
  /// Lists show moments as milliseconds whose fraction is the microseconds, exact until the year 2255.
  var listed: Double { Double(microseconds) / 1000 }

  /// The inverse of `listed`, for values up to 2^53.
  init(listed milliseconds: Double) { self.init(microseconds: Int64((milliseconds * 1000).rounded())) }
}

/// The first session of an export's next part, as `<course>/<session>`.
struct ExportPlace: Equatable {
  let course: UUIDValue
  let session: UUIDValue

  static let start = ExportPlace(course: .zero, session: .zero)

  var text: String { "\(course)/\(session)" }

  init(course: UUIDValue, session: UUIDValue) {
    self.course = course
    self.session = session
  }

  init(_ text: String?) throws(Failure) {
    guard let text else {
      self = .start
      return
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { UUIDValue(String($0)) }
    guard parts.count == 2, let course = parts[0], let session = parts[1] else { throw .invalid("from") }
    self.init(course: course, session: session)
  }
}

extension UUIDValue {
  /// The first of all in the order of PostgreSQL.
  static let zero = UUIDValue(high: 0, low: 0)
}
