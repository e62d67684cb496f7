import Loop
import Security
import Testing

/// Cheap enough for a test; the shape of the work is the same.
private let cheap = PasswordCost(memory: 64, passes: 1, lanes: 1)

@Suite struct PasswordHasherTests {
  @LoopActor @Test func `a password is known again, another is not`() async throws {
    let hasher = PasswordHasher(cost: cheap)
    let stored = try await hasher.hash("corr\u{e9}ct horse")
    #expect(stored.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
    #expect(try await hasher.verify("corr\u{e9}ct horse", against: stored))
    #expect(try await !hasher.verify("correct horse", against: stored))
    #expect(try await hasher.hash("corr\u{e9}ct horse") != stored)
  }

  /// Made by the reference implementation's own tests (password "password", salt "somesalt", 64 MiB, two passes).
  @LoopActor @Test func `a hash of the reference implementation is understood`() async throws {
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
    let hasher = PasswordHasher()
    #expect(try await hasher.verify("password", against: stored))
    #expect(try await !hasher.verify("passwore", against: stored))
    #expect(hasher.needsRehash(stored))
    #expect(!hasher.needsRehash(try await hasher.hash("password")))
  }

  @LoopActor @Test func `an unknown account costs as much as a known one`() async throws {
    let hasher = PasswordHasher()
    let stored = try await hasher.hash("right")
    func span(against stored: String?) async throws -> Duration {
      let start = ContinuousClock.now
      #expect(try await !hasher.verify("wrong", against: stored))
      return .now - start
    }
    // In turn, so that what else the machine does meets both.
    var (known, unknown) = (Duration.seconds(60), Duration.seconds(60))
    for _ in 0..<5 {
      known = min(known, try await span(against: stored))
      unknown = min(unknown, try await span(against: nil))
    }
    // Two hashes of the same cost; a short cut would be a thousand times faster.
    #expect(unknown > known / 3 && unknown < known * 3)
  }

  @LoopActor @Test func `an empty password fits nothing, not even its own hash`() async throws {
    let hasher = PasswordHasher(cost: cheap)
    let stored = try await hasher.hash("")
    #expect(try await !hasher.verify("", against: stored))
    #expect(try await !hasher.verify("", against: nil))
  }

  @LoopActor
  @Test(arguments: [
    "", "plain", "$argon2id$v=19$m=64,t=1,p=1$$", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA",
    "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=64,t=4000000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=x,t=,p$c29tZXNhbHQ$AAAA", "$$$$$", "$argon2id$v=19$m=64,t=1,p=1$!!!!$****",
  ])
  func `a stored text that is no sane hash is unreadable`(stored: String) async {
    let hasher = PasswordHasher(cost: cheap)
    await #expect(throws: PasswordFailure.unreadable) { try await hasher.verify("x", against: stored) }
  }

  @Test func `a hash of another kind or cost is to be replaced`() {
    let hasher = PasswordHasher(cost: cheap)
    #expect(hasher.needsRehash("$2b$12$x"))
    #expect(hasher.needsRehash("$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$AAAA"))
    #expect(!hasher.needsRehash("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA"))
  }

  /// Without a worker nothing ever leaves the line, so the order of events is certain.
  @LoopActor @Test func `past the bound callers are turned away, and who goes away makes room`() async {
    let hasher = PasswordHasher(cost: cheap, workers: 0, waiting: 1)
    let waiting = onLoop { await self.outcome(of: hasher) }
    await onLoop {}.value
    #expect(await outcome(of: hasher) == .busy)
    waiting.cancel()
    #expect(await waiting.value == .cancelled)
    let next = onLoop { await self.outcome(of: hasher) }
    await onLoop {}.value
    #expect(await outcome(of: hasher) == .busy)
    next.cancel()
    #expect(await next.value == .cancelled)
  }

  @LoopActor @Test func `all who fit in the line are served`() async {
    let hasher = PasswordHasher(cost: cheap, workers: 2, waiting: 20)
    let tasks = (0..<20).map { _ in onLoop { await self.outcome(of: hasher) } }
    for task in tasks { #expect(await task.value == nil) }
    #expect(await outcome(of: hasher) == nil)
  }

  @LoopActor private func outcome(of hasher: PasswordHasher) async -> PasswordFailure? {
    do {
      _ = try await hasher.hash("x")
      return nil
    } catch {
      return error
    }
  }
}
