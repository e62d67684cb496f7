import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresBatcherTests {
  @LoopActor
  private func store(
    _ database: Database,
    failed: @escaping @LoopActor (PostgresError, Int) -> Void = { _, _ in },
    batches: @escaping @LoopActor (Int) -> Void
  ) -> Batcher<Int, Int> {
    Batcher(limit: 100, key: { $0 }, failed: failed) { items in
      batches(items.count)
      let rows = try await database.query("INSERT INTO item SELECT unnest(\(items)) RETURNING id * 10")
      return try rows.map { try $0.get(0) }
    }
  }

  @LoopActor @Test func `many items travel in few statements`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE item (id bigint PRIMARY KEY)")
      var sizes: [Int] = []
      let batcher = store(database) { sizes.append($0) }
      let runs = (0..<250).map { number in onLoop { try? await batcher.submit(number) } }
      for (number, run) in runs.enumerated() { #expect(await run.value == number * 10) }
      #expect(sizes == [100, 100, 50])
    }
  }

  @LoopActor @Test func `a bad item fails alone, and each run that fails is told of`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE item (id bigint PRIMARY KEY CONSTRAINT item_small CHECK (id < 40))")
      var failures: [Int] = []
      let batcher = store(database, failed: { failures.append($1) }) { _ in }
      let runs = (0..<50).map { number in
        onLoop { () -> PostgresError.Kind? in
          do { _ = try await batcher.submit(number) } catch { return (error as? PostgresError)?.kind }
          return nil
        }
      }
      for (number, run) in runs.enumerated() {
        #expect(await run.value == (number < 40 ? nil : .constraint("item_small")))
      }
      #expect(failures == [50] + Array(repeating: 1, count: 10))
    }
  }

  @LoopActor @Test func `items of one key are carried out in their order`() async throws {
    try await ScratchDatabase.open { database in
      try await database.query("CREATE TABLE latest (key bigint PRIMARY KEY, value bigint)")
      let batcher = Batcher<(Int, Int), Void>(limit: 100, concurrency: 3, key: { $0.0 }) { items in
        try await database.query(
          """
          INSERT INTO latest SELECT * FROM unnest(\(items.map(\.0)), \(items.map(\.1)))
          ON CONFLICT (key) DO UPDATE SET value = excluded.value
          """
        )
        return items.map { _ in }
      }
      let runs = (0..<300).map { number in onLoop { try? await batcher.submit((number % 10, number)) } }
      for run in runs { #expect(await run.value != nil) }
      let values: [Int] = try await database.query("SELECT value FROM latest ORDER BY key").map { try $0.get(0) }
      #expect(values == Array(290..<300))
    }
  }

  @LoopActor @Test func `without a database everybody is told`() async throws {
    var configuration = DatabaseConfiguration(url: "host=/nowhere")
    configuration.waitLimit = .milliseconds(20)
    let database = Database(configuration)
    database.start()
    var batches = 0
    let batcher = store(database) { _ in batches += 1 }
    let runs = (0..<10).map { number in
      onLoop { () -> PostgresError.Kind? in
        do { _ = try await batcher.submit(number) } catch { return (error as? PostgresError)?.kind }
        return nil
      }
    }
    for run in runs { #expect(await run.value == .unavailable) }
    #expect(batches == 1)
    await database.close()
  }
}
