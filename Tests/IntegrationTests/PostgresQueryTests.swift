import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresQueryTests {
  @LoopActor @Test func `two hundred statements at once come back each with its own answer`() async throws {
    try await ScratchDatabase.open { database in
      let runs = (0..<200).map { number in
        onLoop { try? await database.query("SELECT \(number) + 1")[0].get(0, as: Int.self) }
      }
      for (number, run) in runs.enumerated() { #expect(await run.value == number + 1) }
    }
  }

  @LoopActor @Test func `a failing statement harms none of its neighbours`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      try await database.query("CREATE TABLE item (id bigint PRIMARY KEY)")
      let runs = (0..<30).map { number in
        onLoop { () -> PostgresError? in
          do throws(PostgresError) {
            try await database.query("INSERT INTO item SELECT \(number) WHERE 1 / \(number % 3) >= 0")
            return nil
          } catch { return error }
        }
      }
      for (number, run) in runs.enumerated() {
        #expect(await run.value?.kind == (number % 3 == 0 ? .state("22012") : nil))
      }
      #expect(try await database.query("SELECT count(*) FROM item")[0].get(0) == 20)
    }
  }

  @LoopActor @Test(arguments: ["53100", "53200", "58030", "25006"])
  func `a server without room, or that only reads, is away for the moment and has done nothing`(code: String)
    async throws
  {
    try await ScratchDatabase.open { database in
      let error = await #expect(throws: PostgresError.self) {
        try await database.query("DO $$ BEGIN RAISE 'no' USING ERRCODE = '\(unescaped: code)'; END $$")
      }
      #expect(error?.kind == .unavailable)
      #expect(error?.outcomeUnknown == false)
    }
  }

  @LoopActor @Test func `a refused change names its constraint and no value`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE room (name text CONSTRAINT room_name_taken PRIMARY KEY)")
      try await database.query("INSERT INTO room VALUES (\("secret"))")
      let error = await #expect(throws: PostgresError.self) {
        try await database.query("INSERT INTO room VALUES (\("secret"))")
      }
      #expect(error?.kind == .constraint("room_name_taken"))
      #expect(error.map { "\($0)" }?.contains("secret") == false)
    }
  }

  @LoopActor @Test func `the server's words about a bad value are not repeated`() async throws {
    try await ScratchDatabase.open { database in
      let error = await #expect(throws: PostgresError.self) {
        try await database.query("SELECT \("my secret")::uuid")
      }
      #expect(error?.kind == .state("22P02"))
      #expect(error.map { "\($0)" }?.contains("secret") == false)
    }
  }

  @LoopActor @Test func `a text with the character 0 is refused before it is sent`() async throws {
    try await ScratchDatabase.open { database in
      let error = await #expect(throws: PostgresError.self) { try await database.query("SELECT \("a\0b")") }
      #expect(error?.kind == .state("22021"))
      let inArray = await #expect(throws: PostgresError.self) { try await database.query("SELECT \(["a\0b"])") }
      #expect(inArray?.kind == .state("22021"))
    }
  }

  @LoopActor @Test func `statements that go together all count or none does`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE item (id bigint PRIMARY KEY)")
      let both = try await database.atomically([
        "INSERT INTO item VALUES (1)", "INSERT INTO item VALUES (2), (3) RETURNING id",
      ])
      #expect(both.map(\.affected) == [1, 2])
      await #expect(throws: PostgresError.self) {
        try await database.atomically(["INSERT INTO item VALUES (4)", "INSERT INTO item VALUES (1)"])
      }
      #expect(try await database.query("SELECT count(*) FROM item")[0].get(0) == 3)
    }
  }

  @LoopActor @Test func `a statement whose table changed since it was prepared runs all the same`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      try await database.query("CREATE TABLE item (id bigint)")
      try await database.query("INSERT INTO item VALUES (7)")
      #expect(try await database.query("SELECT * FROM item")[0].get("id") == 7)
      try await database.query("ALTER TABLE item ADD COLUMN name text DEFAULT 'x'")
      #expect(try await database.query("SELECT * FROM item")[0].get("name") == "x")
      try await database.query("DEALLOCATE ALL")
      #expect(try await database.query("SELECT * FROM item")[0].get("name") == "x")
    }
  }

  @LoopActor @Test func `a missing table is found once it is there`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      func count() async throws -> Int { try await database.query("SELECT count(*) FROM late")[0].get(0) }
      let error = await #expect(throws: PostgresError.self) { try await count() }
      #expect(error?.kind == .state("42P01"))
      try await database.query("CREATE TABLE late ()")
      #expect(try await count() == 0)
    }
  }

  @LoopActor @Test func `a thousand shapes of text do not fill the server with plans`() async throws {
    try await ScratchDatabase.open(configure: { $0.connections = 1 }) { database in
      for number in 0..<600 {
        let sum: Int = try await database.query("SELECT \(1) + \(unescaped: String(number))")[0].get(0)
        #expect(sum == number + 1)
      }
      let plans: Int = try await database.query("SELECT count(*) FROM pg_prepared_statements")[0].get(0)
      #expect(plans == 500)
    }
  }

  @LoopActor @Test func `a label shows on the server and changes nothing`() async throws {
    try await ScratchDatabase.open { database in
      let sql: SQL = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()"
      let text: String = try await database.query(sql.labelled("stats.store"))[0].get("query")
      #expect(text.hasPrefix("/* carillon:stats.store */ SELECT"))
    }
  }
}
