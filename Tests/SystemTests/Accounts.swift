import JSON
import Kit
import Loop
import Settings
import Testing

/// Whose tokens the people of a scenario bear (jarvis.md 2.1).
enum SignIn: String, CaseIterable, Sendable {
  /// The suite's own, for which they signed up with a password.
  case suite
  /// Google's, which a local issuer signs.
  case google
}

/// Makes the people of a scenario, each way of signing in behind the same names.
@LoopActor
final class Accounts {
  private let issuer: GoogleIssuer?

  init(_ signIn: SignIn = .suite) async throws { issuer = signIn == .google ? try await GoogleIssuer() : nil }

  func close() { issuer?.close() }

  /// For daemons that shall believe the issuer.
  var settings: [String: String] { issuer?.settings ?? [:] }

  static func with<T>(
    _ signIn: SignIn,
    _ services: [ServiceName] = [.auth, .gateway],
    settings: [String: String] = [:],
    _ body: @LoopActor (Stack, Accounts) async throws -> T
  ) async throws -> T {
    let accounts = try await Accounts(signIn)
    defer { accounts.close() }
    return try await Stack.with(services, settings: settings.merging(accounts.settings) { $1 }) { stack in
      try await body(stack, accounts)
    }
  }

  /// Somebody new.
  func member(_ email: String, on stack: Stack) async throws -> Member {
    if issuer != nil { return try await session(email, on: stack) }
    return try await stack.client().appMember(email)
  }

  /// Whether a session ends by itself within a day of the daemons' clock.
  var sessionsEnd: Bool { issuer != nil }

  /// One more session of somebody. Google's last for almost a day, since scenarios move the clock.
  func session(_ email: String, on stack: Stack) async throws -> Member {
    guard let issuer else { return try await stack.client().appSession(email) }
    let token = issuer.token(email, lasting: 86_000, at: stack.clockSeconds)
    let entered = try await stack.client().post("/user", json: #"{"idToken":"\#(token)"}"#)
    #expect(entered.status == 200, "\(entered.text)")
    return Member(id: try #require(try entered.value("id")?.string), token: token)
  }
}
