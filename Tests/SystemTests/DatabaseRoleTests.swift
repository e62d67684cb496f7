import Kit
import Loop
import Settings
import Testing

/// The walls between the services' data, as PostgreSQL keeps them.
@Suite(.needsDaemons) @LoopActor struct DatabaseRoleTests {
  private func run(_ sql: String, _ url: String) async throws -> [String] {
    try await Command(["/usr/bin/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).run()
  }

  @Test func `a service's role reads and writes its own schema and nothing else`() async throws {
    try await Stack.with([]) { stack throws in
      let services: [ServiceName] = [.auth, .chat, .delivery, .stats, .live]
      for service in services {
        let name = service.rawValue
        #expect(try await run("CREATE TABLE \(name).wall (a int)", stack.databaseURL(as: service)) == [])
      }
      for service in services {
        let url = stack.databaseURL(as: service)
        #expect(try await run("INSERT INTO \(service).wall VALUES (1) RETURNING a", url) == ["1"])
        for other in services where other != service {
          let table = "\(other).wall"
          for sql in ["SELECT a FROM \(table)", "INSERT INTO \(table) VALUES (1)", "CREATE TABLE \(other).x ()"] {
            await #expect(throws: Command.Failure.self, "\(service): \(sql)") { try await run(sql, url) }
          }
        }
      }
    }
  }

  @Test func `a service's role owns nothing outside its schema`() async throws {
    try await Stack.with([]) { stack in
      let url = stack.databaseURL(as: .stats)
      for sql in ["CREATE TABLE public.x ()", "CREATE SCHEMA x", "CREATE TEMP TABLE x ()", "CREATE ROLE x"] {
        await #expect(throws: Command.Failure.self, "\(sql)") { try await run(sql, url) }
      }
      let elsewhere = url.replacing("/\(try await run("SELECT current_database()", url).joined())?", with: "/postgres?")
      #expect(elsewhere != url)
      await #expect(throws: Command.Failure.self) { try await run("SELECT 1", elsewhere) }
    }
  }
}
