import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresMigratorTests {
  private let first = Migration(
    name: "m0001_room",
    sql: "CREATE TABLE chat.room (id bigint); INSERT INTO chat.room VALUES (1)"
  )
  private let second = Migration(name: "m0002_name", sql: "ALTER TABLE chat.room ADD COLUMN name text")

  @LoopActor @Test func `each migration runs once`() async throws {
    try await ScratchDatabase.with { scratch in
      for (build, ran) in [([first], ["m0001_room"]), ([first, second], ["m0002_name"]), ([first, second], [])] {
        let names = try await Migrator.run(build, schema: "chat", on: scratch.url)
        #expect(names == ran)
      }
    }
  }

  @LoopActor @Test func `a newer or an edited schema is refused`() async throws {
    try await ScratchDatabase.with { scratch in
      try await Migrator.run([first, second], schema: "chat", on: scratch.url)
      await #expect(throws: MigrationError.newer("m0002_name")) {
        try await Migrator.run([first], schema: "chat", on: scratch.url)
      }
      let edited = Migration(name: "m0002_name", sql: second.sql + " ")
      await #expect(throws: MigrationError.edited("m0002_name")) {
        try await Migrator.run([first, edited], schema: "chat", on: scratch.url)
      }
    }
  }

  @LoopActor @Test func `a failing migration leaves nothing of itself and can be mended`() async throws {
    try await ScratchDatabase.with { scratch in
      let broken = Migration(name: "m0002_name", sql: second.sql + "; SELECT nonsense")
      let error = await #expect(throws: MigrationError.self) {
        try await Migrator.run([first, broken], schema: "chat", on: scratch.url)
      }
      guard case .failed("m0002_name", let reason) = error else { Issue.record("\(String(describing: error))"); return }
      #expect(reason.contains("nonsense"))
      let mended = try await Migrator.run([first, second], schema: "chat", on: scratch.url)
      #expect(mended == ["m0002_name"])
    }
  }

  @LoopActor @Test func `copies that start together take turns`() async throws {
    try await ScratchDatabase.with { scratch in
      let runs = (0..<8).map { _ in
        onLoop { try? await Migrator.run([first, second], schema: "chat", on: scratch.url) }
      }
      var ran: [[String]?] = []
      for run in runs { ran.append(await run.value) }
      #expect(ran.filter { $0 == ["m0001_room", "m0002_name"] }.count == 1)
      #expect(ran.filter { $0 == [] }.count == 7)
    }
  }

  @LoopActor @Test func `a missing server is worth another try`() async throws {
    let error = await #expect(throws: MigrationError.self) {
      try await Migrator.run([first], schema: "chat", on: "host=/nowhere")
    }
    guard case .unavailable = error else { Issue.record("\(String(describing: error))"); return }
  }

  @LoopActor @Test func `a role that owns only its schema can migrate it`() async throws {
    try await ScratchDatabase.with { scratch in
      let database = Database(DatabaseConfiguration(url: scratch.url))
      database.start()
      let role: String = try await database.query("SELECT current_database() || '_owner'")[0].get(0)
      try await database.query("CREATE ROLE \(unescaped: role)")
      try await database.query("CREATE SCHEMA chat AUTHORIZATION \(unescaped: role)")
      try await Migrator.run([first, second], schema: "chat", on: scratch.url(as: role))
      let refused = await #expect(throws: MigrationError.self) {
        try await Migrator.run([], schema: "other", on: scratch.url(as: role))
      }
      guard case .failed = refused else { Issue.record("\(String(describing: refused))"); return }
      try await database.query("DROP SCHEMA chat CASCADE")
      try await database.query("DROP ROLE \(unescaped: role)")
      await database.close()
    }
  }
}
