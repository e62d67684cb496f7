import CLibpq
import Loop

/// A plain libpq connection that waits for each answer, for a pool thread. Its errors name no migration yet.
final class BlockingSession {
  private let link: OpaquePointer

  init(url: String, password: String?, connectTimeout: Duration) throws(MigrationError) {
    let seconds = max(2, connectTimeout.roundedUpMilliseconds / 1000)
    var settings = [
      ("connect_timeout", String(seconds)), ("gssencmode", "disable"),
      ("fallback_application_name", "carillon-migrator"), ("dbname", url), ("client_encoding", "UTF8"),
    ]
    if let password { settings.append(("password", password)) }
    let opened = withCStrings(settings.map(\.0)) { names in
      withCStrings(settings.map(\.1)) { PQconnectdbParams(names, $0, 1) }
    }
    guard let opened else { throw .unavailable("out of memory") }
    link = opened
    guard PQstatus(link) == CONNECTION_OK else { throw .unavailable(Connection.reason(link)) }
    _ = PQsetNoticeReceiver(link, { _, _ in }, nil)
  }

  deinit { PQfinish(link) }

  /// Runs one or more statements without values.
  func script(_ text: String) throws(MigrationError) {
    guard !text.utf8.contains(0) else { throw .failed("", reason: "the text holds the character 0") }
    _ = try accept(PQexec(link, text))
  }

  /// Runs one statement with texts as its values and returns all columns as texts.
  @discardableResult
  func rows(_ text: String, _ values: [String]) throws(MigrationError) -> [[String?]] {
    let answer = withCStrings(values) { PQexecParams(link, text, Int32(values.count), nil, $0, nil, nil, 0) }
    let result = try accept(answer)
    return (0..<PQntuples(result.pointer)).map { row in
      (0..<PQnfields(result.pointer)).map { column in
        PQgetisnull(result.pointer, row, column) == 1
          ? nil : String(cString: PQgetvalue(result.pointer, row, column))
      }
    }
  }

  private func accept(_ answer: OpaquePointer?) throws(MigrationError) -> ResultMemory {
    guard let answer else { throw .unavailable("out of memory") }
    let result = ResultMemory(answer)
    let status = PQresultStatus(answer)
    if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY { return result }
    guard PQstatus(link) == CONNECTION_OK else { throw .unavailable(Connection.reason(link)) }
    // A migration is no secret: the server's words help more than they can tell.
    throw .failed("", reason: Connection.reason(link))
  }
}
