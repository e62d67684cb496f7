import Loop
import Postgres

// Terms of office: who leads, and whether it still does.
extension LiveStore {
  private static let holdTerm = Statement(label: "live.hold_term", "SELECT live.hold_term($1)")

  /// The statement with which a transaction begins that only the leader of that term may carry out.
  static func hold(_ term: Int) -> SQL { SQL(holdTerm, term) }

  /// Begins a new term. When this returns, what earlier leaders were storing is stored, and they store nothing more.
  func beginTerm() async throws(PostgresError) -> Int {
    let sql: SQL = "UPDATE live.term SET number = number + 1 RETURNING number"
    return try await database.query(sql.labelled("live.begin_term"), deadline: deadline)[0].get(0)
  }

  func term() async throws(PostgresError) -> Int {
    let sql: SQL = "SELECT number FROM live.term"
    return try await database.query(sql.labelled("live.term"), deadline: deadline)[0].get(0)
  }
}

extension PostgresError {
  /// The transaction was one of an earlier term's leader.
  var isOfAnEarlierTerm: Bool { kind == .constraint("term_held") }
}
