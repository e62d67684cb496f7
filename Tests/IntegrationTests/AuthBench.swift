import Bus
import JSON
import Kit
import Loop
import Outbox
import Outgoing
import Postgres
import Security
import Testing
import Time
import Wire

@testable import AuthCore

/// Auth's handler on a database of its own, with a clock to move and cheap passwords.
@LoopActor
final class AuthBench {
  let database: Database
  let clock: ManualClock
  let store: AuthStore
  private(set) var handler: AuthHandler!
  private(set) var ended: [Auth.SessionsEnded] = []
  let waits = Waits()
  let google = GoogleStandIn()
  /// One element for each server code that was exchanged and kept.
  let grants: AsyncStream<Void>

  private static let template = ScratchDatabase.Template("auth") { url in
    try await Migrator.run(AuthService.migrations, schema: "auth", on: url)
  }

  static func with(
    configure: (inout AuthConfiguration) -> Void = { _ in },
    _ body: @LoopActor (AuthBench) async throws -> Void
  ) async throws {
    try await with(copies: 1, configure: configure) { try await body($0[0]) }
  }

  /// Several copies of auth, each with connections of its own to one database; they share the clock.
  static func with(
    copies count: Int,
    connections: Int = 1,
    configure: (inout AuthConfiguration) -> Void = { _ in },
    _ body: @LoopActor ([AuthBench]) async throws -> Void
  ) async throws {
    var configuration = AuthConfiguration()
    configuration.passwordCost = PasswordCost(memory: 8, passes: 1, lanes: 1)
    configuration.google = AuthConfiguration.Google(keysURL: "https://keys.test", clientIDs: ["carillon"])
    configure(&configuration)
    try await ScratchDatabase.with(template) { scratch in
      // Many tests run at once: few connections each, and time to get one.
      var settings = DatabaseConfiguration(url: scratch.url)
      settings.connections = connections
      settings.transactionConnections = 2
      settings.waitLimit = .seconds(30)
      let clock = ManualClock()
      let copies = (0..<count).map { _ in AuthBench(Database(settings), configuration, clock) }
      for copy in copies { copy.database.start() }
      let result: Result<Void, any Error>
      do { result = .success(try await body(copies)) } catch { result = .failure(error) }
      for copy in copies { await copy.database.close() }
      try result.get()
    }
  }

  /// A second copy of auth on the same database.
  init(_ database: Database, _ configuration: AuthConfiguration, _ clock: ManualClock = ManualClock()) {
    self.database = database
    self.clock = clock
    store = AuthStore(database, outbox: OutboxTable(schema: "auth"), deliver: { [waits] in waits.take($0) })
    let (grants, tellGrant) = AsyncStream.makeStream(of: Void.self)
    self.grants = grants
    let signIn = configuration.google.map { [google, clock, store] in
      GoogleSignIn(
        $0,
        clock: clock.wall,
        send: { try google.answer($0.url) },
        keep: { try await store.store($0, of: $1, at: clock.now) },
        events: { if case .grantStored = $0 { tellGrant.yield() } }
      )
    }
    handler = AuthHandler(
      store: store,
      configuration: configuration,
      google: signIn,
      clock: clock.wall,
      publish: { [unowned self] in ended.append($0) },
      events: { _ in }
    )
  }

  // MARK: - Acting

  func submission(_ fields: String, from address: String = "192.0.2.1") throws -> Submission {
    Submission(try RawJSON(validating: Array(fields.utf8)), address: address)
  }

  func register(_ login: String, name: String = "Someone") async throws {
    let form = #"{"login":"\#(login)","password":"correct horse","username":"\#(name)"}"#
    _ = try await handler.register(submission(form))
  }

  func logIn(_ login: String, _ password: String = "correct horse") async throws -> Auth.OpenedSession {
    try await handler.logIn(submission(#"{"login":"\#(login)","password":"\#(password)"}"#))
  }

  func signUp(_ email: String, country: String = "us") async throws {
    let form = #"{"email":"\#(email)","password":"secret hash","country_code":"\#(country)"}"#
    _ = try await handler.signUp(submission(form))
  }

  func signIn(
    _ email: String,
    _ password: String = "secret hash",
    token: String = "(null)"
  ) async throws -> Auth.OpenedSession {
    let form = #"{"email":"\#(email)","password":"\#(password)","os":"ios","reg_id":"\#(token)"}"#
    return try await handler.signIn(submission(form))
  }

  func setPhone(_ number: String, of session: Auth.OpenedSession, token: String = "") async throws {
    let form = #"{"phone_number":"\#(number)","os":"android","reg_id":"\#(token)"}"#
    _ = try await handler.setPhone(submission(form), session.context)
  }

  func enter(_ credential: Auth.Credential, _ fields: String = "{}") async throws -> Auth.Profile {
    try await handler.enter(Auth.Enter(credential, submission(fields)))
  }

  func verify(_ session: Auth.OpenedSession) async throws -> Auth.Identity {
    try await handler.verify(Auth.Verify(session.credential))
  }

  // MARK: - Looking

  /// What waits for delivery, oldest first.
  func posted<C: Call>(_ call: C.Type) async throws -> [C] {
    let rows = try await database.query("SELECT body FROM auth.outbox WHERE call = \(C.name) ORDER BY id")
    return try rows.map { row in try C(json: RawJSON(validating: row.get("body", as: Bytea.self).bytes)) }
  }

  func count(_ table: String) async throws -> Int {
    try await database.query("SELECT count(*) FROM auth.\(unescaped: table)")[0].get(0)
  }

  // A closure inside `#expect` may be confused with another one of the same function (Swift 6.3.1), so these take it.

  func expect<T>(
    _ expected: Failure?,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @LoopActor () async throws -> T
  ) async {
    let failure = await failure(body)
    #expect(failure == expected, sourceLocation: sourceLocation)
  }

  func expect<T>(
    word: Failure.Word,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @LoopActor () async throws -> T
  ) async {
    let failure = await failure(body)
    #expect(failure?.word == word, sourceLocation: sourceLocation)
  }

  /// The failure that the body ends with; nil when it ends well.
  func failure<T>(_ body: @LoopActor () async throws -> T) async -> Failure? {
    do {
      _ = try await body()
      return nil
    } catch let failure as Failure {
      return failure
    } catch let error as PostgresError {
      return Failure(error) ?? .internal
    } catch {
      return .internal
    }
  }
}

extension Auth.OpenedSession {
  var context: CallContext { CallContext(user: user, session: session) }
  var hash: String { Hex.encode(SHA256.digest(token)) }
  var credential: Auth.Credential { .session(hash: hash) }
}

extension Delivery.NotePerson {
  var tokens: [String] { devices.map(\.token) }
}

/// What auth waits for to be heard by delivery, change by change.
@LoopActor
final class Waits {
  private(set) var keys: [[String]] = []

  func take(_ news: [String]) {
    if !news.isEmpty { keys.append(news) }
  }
}

/// Google's keys and its tokens.
@LoopActor
final class GoogleStandIn {
  private nonisolated static let key = SigningKey(generating: .rs256)
  nonisolated static let tokenURL = "https://token.test"
  var isAway = false
  private(set) var requests = 0

  func answer(_ url: String) throws -> (status: Int, body: [UInt8]) {
    requests += 1
    guard !isAway else { return (503, []) }
    guard url != GoogleStandIn.tokenURL else {
      return (200, Array(#"{"access_token":"access","refresh_token":"refresh","expires_in":3599}"#.utf8))
    }
    let key = String(decoding: GoogleStandIn.key.publicKey.jwk(id: "k1").bytes, as: UTF8.self)
    return (200, Array(#"{"keys":[\#(key)]}"#.utf8))
  }

  /// A token for an e-mail; `number` makes several of one moment differ.
  func token(_ email: String, at now: Timestamp, key: String = "k1", number: Int = 0, lasting: Int = 3600) -> String {
    let claims = RawJSON.object { claims in
      claims.member("iss", "https://accounts.google.com")
      claims.member("aud", "carillon")
      claims.member("sub", email)
      claims.member("email", email)
      claims.member("email_verified", true)
      claims.member("name", "Of Google")
      claims.member("number", number)
      claims.member("iat", now.wholeSeconds)
      claims.member("exp", now.wholeSeconds + lasting)
    }
    return JWT.signed(claims, by: GoogleStandIn.key, id: key)
  }
}
