import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresTransactionTests {
  private struct Refusal: Error {}

  private static let accounts = ScratchDatabase.Template("accounts") { url in
    let migration = Migration(
      name: "m0001_account",
      sql: """
        CREATE TABLE bank.account (id bigint PRIMARY KEY, amount bigint NOT NULL CONSTRAINT account_covered CHECK (amount >= 0));
        INSERT INTO bank.account VALUES (1, 100), (2, 0);
        """
    )
    try await Migrator.run([migration], schema: "bank", on: url)
  }

  @LoopActor
  private func amounts(_ database: Database) async throws -> [Int] {
    try await database.query("SELECT amount FROM bank.account ORDER BY id").map { try $0.get("amount") }
  }

  @LoopActor
  private func move(_ amount: Int, _ transaction: Transaction) async throws {
    try await transaction.query("UPDATE bank.account SET amount = amount + \(amount) WHERE id = 2")
    try await transaction.query("UPDATE bank.account SET amount = amount - \(amount) WHERE id = 1")
  }

  @LoopActor @Test func `what a transaction did lasts when it returns`() async throws {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts) { database in
      try await database.transaction { try await move(30, $0) }
      let left = try await amounts(database)
      #expect(left == [70, 30])
    }
  }

  @LoopActor @Test func `what a transaction did is gone when it throws`() async throws {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts) { database in
      await #expect(throws: Refusal.self) {
        try await database.transaction { transaction in
          try await move(30, transaction)
          throw Refusal()
        }
      }
      let left = try await amounts(database)
      #expect(left == [100, 0])
    }
  }

  @LoopActor @Test func `a refused statement undoes those before it, even when the closure overlooks it`() async throws
  {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts) { database in
      for overlook in [false, true] {
        let error = await #expect(throws: PostgresError.self) {
          try await database.transaction { transaction in
            do { try await move(300, transaction) } catch { if !overlook { throw error } }
          }
        }
        #expect(error?.kind == .constraint("account_covered"))
        let left = try await amounts(database)
        #expect(left == [100, 0])
      }
    }
  }

  @LoopActor @Test func `a transaction without statements costs the server nothing`() async throws {
    try await ScratchDatabase.open { database in
      let answer = try await database.transaction { _ in 7 }
      #expect(answer == 7)
    }
  }

  @LoopActor @Test func `more transactions than connections take turns`() async throws {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts, configure: { $0.transactionConnections = 2 }) {
      database in
      let runs = (0..<20).map { _ in onLoop { try? await database.transaction { try await move(1, $0) } } }
      for run in runs { #expect(await run.value != nil) }
      let left = try await amounts(database)
      #expect(left == [80, 20])
    }
  }

  @LoopActor @Test func `nobody waits for a connection past the deadline`() async throws {
    try await ScratchDatabase.open(configure: { $0.transactionConnections = 1 }) { database in
      try await database.transaction { transaction in
        try await transaction.query("SELECT 1")
        let error = await #expect(throws: PostgresError.self) {
          try await database.transaction(deadline: .now + .milliseconds(50)) { try await $0.query("SELECT 1") }
        }
        #expect(error?.kind == .unavailable)
        #expect(error?.outcomeUnknown == false)
      }
      try await database.transaction { try await $0.query("SELECT 1") }
    }
  }

  @LoopActor @Test func `the loser of two serializable transactions is told so`() async throws {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts) { database in
      let error = await #expect(throws: PostgresError.self) {
        try await database.transaction(isolation: .serializable) { outer in
          try await outer.query("SELECT sum(amount) FROM bank.account")
          try await database.transaction(isolation: .serializable) { inner in
            try await inner.query("SELECT sum(amount) FROM bank.account")
            try await inner.query("UPDATE bank.account SET amount = 5 WHERE id = 1")
          }
          try await outer.query("UPDATE bank.account SET amount = 6 WHERE id = 2")
        }
      }
      #expect(error?.isSerializationFailure == true)
      let left = try await amounts(database)
      #expect(left == [5, 0])
    }
  }

  @LoopActor @Test func `a late statement ends its transaction and leaves the connection usable`() async throws {
    try await ScratchDatabase.open(PostgresTransactionTests.accounts, configure: { $0.transactionConnections = 1 }) {
      database in
      try await database.transaction { try await $0.query("SELECT 1") }
      let error = await #expect(throws: PostgresError.self) {
        try await database.transaction(deadline: .now + .milliseconds(200)) { transaction in
          try await move(30, transaction)
          try await transaction.query("SELECT pg_sleep(60)")
        }
      }
      #expect(error?.kind == .timeout)
      try await database.transaction { try await move(10, $0) }
      let left = try await amounts(database)
      #expect(left == [90, 10])
    }
  }

  @LoopActor @Test func `a transaction kept after its end is refused`() async throws {
    try await ScratchDatabase.open { database in
      var kept: Transaction?
      try await database.transaction { kept = $0 }
      let error = await #expect(throws: PostgresError.self) { try await kept?.query("SELECT 1") }
      #expect(error?.kind == .state("25P01"))
    }
  }
}
