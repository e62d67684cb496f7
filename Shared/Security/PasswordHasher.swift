public import Loop

/// Why no answer about a password came.
public enum PasswordFailure: Error, Sendable, Equatable {
  /// Too many wait already: the caller should be told to come back.
  case busy
  /// The caller went away while it waited.
  case cancelled
  /// The stored text is no Argon2id hash, or its cost is absurd.
  case unreadable
  /// Argon2's own word, such as lack of memory.
  case failed(String)
}

/// Hashes and checks passwords with Argon2id on the thread pool, a few at a time, so that a storm of logins leaves the loop and
/// the processor to other work.
@LoopActor
public final class PasswordHasher {
  private let cost: PasswordCost
  private let turnstile: Turnstile

  /// With the defaults one hash runs at a time and 64 callers may wait, about two seconds' worth.
  public nonisolated init(cost: PasswordCost = .recommended, workers: Int = 1, waiting: Int = 64) {
    self.cost = cost
    turnstile = Turnstile(places: workers, waiting: waiting)
  }

  /// A salted hash in PHC form (`$argon2id$v=19$m=...`), about 100 characters, which carries all that `verify` needs.
  public func hash(_ password: String) async throws(PasswordFailure) -> String {
    let cost = cost
    let salt = Random.bytes(16)
    return try await run { Argon2.hash(Array(password.utf8), salt: salt, cost: cost) }
  }

  /// Whether the password is the one behind `stored`. Pass nil for an unknown account: it costs the same time and is false.
  ///
  /// An empty password is false for every account, also where an older system stored a hash of one.
  public func verify(_ password: String, against stored: String?) async throws(PasswordFailure) -> Bool {
    guard !password.isEmpty else { return false }
    guard let stored else {
      _ = try await hash(password)
      return false
    }
    guard PasswordCost(stored: stored) != nil else { throw .unreadable }
    return try await run { Argon2.verify(Array(password.utf8), against: stored) }
  }

  /// Whether a stored hash was made at another cost than today's and should be replaced after the next good login.
  public nonisolated func needsRehash(_ stored: String) -> Bool { PasswordCost(stored: stored) != cost }

  private func run<T: Sendable>(
    _ work: @escaping @Sendable () -> Result<T, PasswordFailure>
  ) async throws(PasswordFailure) -> T {
    let result: Result<T, PasswordFailure>
    do {
      result = try await turnstile.pass { await EventLoop.shared.offload { Argon2.politely(work) } }
    } catch {
      throw error == .full ? .busy : .cancelled
    }
    return try result.get()
  }
}
