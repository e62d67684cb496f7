import Kit
import Loop
import Postgres
import Testing

@Suite(.needsPostgres)
struct PostgresNotificationTests {
  @LoopActor @Test func `listeners hear their channel, and hear when they may have missed something`() async throws {
    try await ScratchDatabase.open { database in
      let (jobs, heardJobs) = AsyncStream<Notification>.makeStream()
      let (odd, heardOdd) = AsyncStream<Notification>.makeStream()
      database.listen(to: "jobs") { heardJobs.yield($0) }
      database.listen(to: "Odd \"name\"") { heardOdd.yield($0) }
      var job = jobs.makeAsyncIterator()
      var other = odd.makeAsyncIterator()
      #expect(await job.next() == .listening)
      #expect(await other.next() == .listening)
      try await database.query("SELECT pg_notify('jobs', \("one")), pg_notify('Odd \"name\"', \("two"))")
      #expect(await job.next() == .received(payload: "one"))
      #expect(await other.next() == .received(payload: "two"))

      try await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
      )
      #expect(await job.next() == .listening)
      #expect(await other.next() == .listening)
      try await database.query("SELECT pg_notify('jobs', \("three"))")
      #expect(await job.next() == .received(payload: "three"))
    }
  }
}
