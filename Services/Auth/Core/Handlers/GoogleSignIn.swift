import JSON
import Loop
import Outgoing
import Postgres
import Security
import Time
import Wire

/// What an outside issuer says in a token whose signature holds.
struct Voucher: Sendable {
  let email: String
  let name: String?
  /// SHA-256 of the token.
  let hash: [UInt8]
  /// Unix seconds.
  let expires: Int

  var session: SessionID { ForeignSession.name(hash: hash) }
}

/// Believes Google's ID tokens, with keys it fetches when they are needed.
@LoopActor
final class GoogleSignIn {
  /// Brings a request to Google and the answer back; any error stands for no answer.
  typealias Carrier = @LoopActor (OutgoingRequest) async throws -> (status: Int, body: [UInt8])

  private let configuration: AuthConfiguration.Google
  private let verifier: GoogleIDTokenVerifier
  private let send: Carrier
  private let clock: WallClock
  private let keep: @LoopActor (GoogleGrant, UUIDValue) async throws -> Void
  private let events: @LoopActor (AuthEvent) -> Void
  private var keys = JWKSet([:])
  private var refresh = KeyRefresh()
  private var fetch: Task<Void, Never>?
  private var redeeming: [UUIDValue: Task<Void, Never>] = [:]
  private var isStopped = false
  private static let redemptionRests: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .zero]

  /// `keep` stores what Google gives for a server code.
  init(
    _ configuration: AuthConfiguration.Google,
    clock: WallClock,
    send: @escaping Carrier,
    keep: @escaping @LoopActor (GoogleGrant, UUIDValue) async throws -> Void,
    events: @escaping @LoopActor (AuthEvent) -> Void
  ) {
    self.configuration = configuration
    verifier = GoogleIDTokenVerifier(clientIDs: Set(configuration.clientIDs))
    self.clock = clock
    self.send = send
    self.keep = keep
    self.events = events
  }

  /// What the token says; `unauthenticated` when it does not hold, `unavailable` while there are no keys to tell.
  ///
  /// Waits for keys only when the token names one that is not known.
  func voucher(_ text: String, at now: Timestamp) async throws(Failure) -> Voucher {
    guard let token = JWT(parsing: text) else { throw refusal("malformed") }
    let knowsKey = token.keyID.flatMap { keys[$0] } != nil
    if refresh.shouldFetch(knowsKey: knowsKey, at: now) { startFetch() }
    if !knowsKey { await fetch?.value }
    guard !keys.isEmpty else { throw .unavailable }
    do {
      let identity = try verifier.verify(text, keys: keys, now: now.wholeSeconds)
      return try voucher(identity, token, text, at: now)
    } catch let refusal as GoogleRefusal {
      throw self.refusal(refusal == .expired ? "expired" : "invalid")
    } catch {
      throw error as? Failure ?? .internal
    }
  }

  private func voucher(
    _ identity: GoogleIdentity,
    _ token: JWT,
    _ text: String,
    at now: Timestamp
  ) throws(Failure) -> Voucher {
    let horizon = (now + SessionRule.longestForeignLife).wholeSeconds
    guard let expires = token.claims["exp"]?.number?.int, expires <= horizon else { throw refusal("lives too long") }
    guard isMailAddress(identity.email) else { throw refusal("no mail address") }
    let name = identity.name.map { String($0.unicodeScalars.prefix(64)) }.flatMap { $0.utf8.contains(0) ? nil : $0 }
    return Voucher(email: identity.email, name: name, hash: SHA256.digest(text), expires: expires)
  }

  private func refusal(_ reason: String) -> Failure {
    events(.tokenRefused(reason: reason))
    return Failure(.unauthenticated)
  }
}

// MARK: - Keys

extension GoogleSignIn {
  /// One fetch at a time; whoever needs its outcome waits for the same one.
  private func startFetch() {
    guard fetch == nil else { return }
    fetch = onLoop { [self] in
      await fetchKeys()
      fetch = nil
    }
  }

  private func fetchKeys() async {
    do {
      let (status, body) = try await send(OutgoingRequest("GET", configuration.keysURL, deadline: .seconds(4)))
      guard status == 200 else { return events(.keysUnavailable(reason: "status \(status)")) }
      let fresh = try JWKSet(parsing: body)
      guard !fresh.isEmpty else { return events(.keysUnavailable(reason: "no usable key")) }
      keys = fresh
      refresh.succeeded(at: clock.now())
      events(.keysFetched)
    } catch {
      events(.keysUnavailable(reason: "\(error)"))
    }
  }
}

// MARK: - Server codes

extension GoogleSignIn {
  /// Exchanges a one-time code in the background; the sign-in that brought it waits for nothing and fails for nothing.
  func redeem(_ code: String, for account: UUIDValue) {
    guard let exchange = configuration.exchange else { return }
    redeeming[account] = onLoop { [self] in
      await redeem(code, for: account, exchange)
      redeeming[account] = nil
    }
  }

  /// A code can be used for some minutes, so a server that is away is asked again; one that said no is not.
  private func redeem(_ code: String, for account: UUIDValue, _ exchange: AuthConfiguration.Exchange) async {
    for rest in GoogleSignIn.redemptionRests {
      do {
        try await keep(try await grant(code, for: account, exchange), account)
        return events(.grantStored)
      } catch {
        events(.grantFailed(reason: "\(error)"))
        if let refused = error as? CodeExchange.Refused, refused.isFinal { return }
      }
      guard !isStopped, (try? await pause(for: rest)) != nil else { return }
    }
  }

  private func grant(
    _ code: String,
    for account: UUIDValue,
    _ exchange: AuthConfiguration.Exchange
  ) async throws -> GoogleGrant {
    let (status, body) = try await send(CodeExchange.request(code, exchange))
    guard status == 200 else { throw CodeExchange.Refused(status, body) }
    return try CodeExchange.grant(body, for: account, sealing: exchange.sealing, at: clock.now())
  }

  /// Ends the waits of redemptions, which else would hold up the daemon's end.
  func stop() {
    isStopped = true
    for task in redeeming.values { task.cancel() }
  }
}

// MARK: - Access

extension GoogleSignIn {
  /// A token of the account's grant that holds for a minute or more; see `Auth.GoogleAccess`.
  func access(
    of account: UUIDValue,
    load: @LoopActor () async throws -> GoogleGrant?
  ) async throws -> String {
    await redeeming[account]?.value
    guard let exchange = configuration.exchange, let grant = try await load() else { throw Failure(.notFound) }
    if grant.accessExpires > clock.now() + .seconds(60),
      let token = CodeExchange.accessToken(grant, of: account, sealing: exchange.sealing)
    {
      return token
    }
    return try await renew(grant, of: account, exchange)
  }

  private func renew(
    _ grant: GoogleGrant,
    of account: UUIDValue,
    _ exchange: AuthConfiguration.Exchange
  ) async throws -> String {
    guard let token = CodeExchange.refreshToken(grant, of: account, sealing: exchange.sealing) else {
      throw Failure(.notFound)
    }
    guard let (status, body) = try? await send(CodeExchange.renewal(token, exchange)) else { throw Failure.unavailable }
    guard status == 200 else { throw CodeExchange.isWithdrawn(status, body) ? Failure(.notFound) : .unavailable }
    guard let fresh = try? CodeExchange.grant(body, for: account, sealing: exchange.sealing, at: clock.now()),
      let access = CodeExchange.accessToken(fresh, of: account, sealing: exchange.sealing)
    else { throw Failure.unavailable }
    try await keep(fresh, account)
    return access
  }
}
