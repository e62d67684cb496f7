import Glibc
public import Loop
public import Postgres

/// A database for one test, dropped after it.
@LoopActor
public struct ScratchDatabase {
  public let url: String
  private let name: String

  /// The database as another role sees it, without that role having to log in.
  public func url(as role: String) -> String { connection(url, with: "options", "-c role=\(role)") }

  /// What scratch databases are copied from, made once per run of the tests: a migrated schema, say.
  public struct Template: Sendable {
    let name: String
    let prepare: @Sendable @LoopActor (_ url: String) async throws -> Void

    public init(_ name: String, prepare: @escaping @Sendable @LoopActor (_ url: String) async throws -> Void) {
      self.name = "carillon_template_" + name
      self.prepare = prepare
    }
  }

  /// Runs the test's body on a fresh database.
  public static func with<T>(
    _ template: Template? = nil,
    _ body: @LoopActor (ScratchDatabase) async throws -> T
  ) async throws -> T {
    if let template { try await Templates.shared.make(template) }
    let name = "carillon_scratch_\(getpid())_\(counter)"
    counter += 1
    try await create(name, from: template?.name ?? "template0")
    let result: Result<T, any Error>
    do { result = .success(try await body(ScratchDatabase(name))) } catch { result = .failure(error) }
    try await drop(name)
    return try result.get()
  }

  /// Runs the test's body with an open `Database` on a fresh database.
  public static func open<T>(
    _ template: Template? = nil,
    configure: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: @LoopActor (Database) async throws -> T
  ) async throws -> T {
    try await with(template) { scratch in
      var configuration = DatabaseConfiguration(url: scratch.url)
      configuration.waitLimit = .seconds(30)
      configure(&configuration)
      let database = Database(configuration)
      database.start()
      let result: Result<T, any Error>
      do { result = .success(try await body(database)) } catch { result = .failure(error) }
      await database.close()
      return try result.get()
    }
  }

  private init(_ name: String) {
    self.name = name
    url = PostgresServer.url(of: name)
  }

  private static var counter = 0

  private static let server: Database = {
    var configuration = DatabaseConfiguration(url: PostgresServer.url ?? "")
    configuration.connections = 4
    configuration.pipelineDepth = 1
    configuration.applicationName = "carillon-tests"
    // Making and dropping databases is slow where the disk is, and all tests start at once.
    configuration.waitLimit = .seconds(300)
    configuration.statementTimeout = .seconds(300)
    let database = Database(configuration)
    database.start()
    return database
  }()

  fileprivate static func create(_ name: String, from template: String) async throws {
    try await server.query("CREATE DATABASE \(unescaped: name) TEMPLATE \(unescaped: template)")
  }

  fileprivate static func drop(_ name: String) async throws {
    try await server.query("DROP DATABASE IF EXISTS \(unescaped: name) WITH (FORCE)")
  }
}

/// Makes each template once, however many tests ask for it at the same time.
@LoopActor
private final class Templates {
  static let shared = Templates()
  private var made: [String: Task<Result<Void, any Error>, Never>] = [:]

  func make(_ template: ScratchDatabase.Template) async throws {
    let task = made[template.name] ?? onLoop { await self.build(template) }
    made[template.name] = task
    try await task.value.get()
  }

  private func build(_ template: ScratchDatabase.Template) async -> Result<Void, any Error> {
    do {
      try await ScratchDatabase.drop(template.name)
      try await ScratchDatabase.create(template.name, from: "template0")
      try await template.prepare(PostgresServer.url(of: template.name))
      return .success(())
    } catch {
      return .failure(error)
    }
  }
}
