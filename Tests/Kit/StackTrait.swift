import Loop
public import Settings
public import Testing

/// Gives a suite one stack of daemons, started before its first test and stopped after its last.
///
/// Its tests run beside each other, so each takes users of its own.
public struct StackTrait: SuiteTrait, TestScoping {
  @TaskLocal static var current: Stack?
  let services: [ServiceName]
  let settings: [String: String]

  /// The stack of the suite that the running test belongs to.
  public static var stack: Stack {
    get throws {
      guard let current else { throw Overdue(awaited: "stack", seen: "the suite has no .stack trait") }
      return current
    }
  }

  public func provideScope(
    for test: Test,
    testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let result: Result<Void, any Error> = try await StackTrait.turnstile.pass {
      do {
        return .success(
          try await Stack.with(services, settings: settings) { stack in
            try await StackTrait.$current.withValue(stack) { try await function() }
          }
        )
      } catch { return .failure(error) }
    }
    try result.get()
  }

  /// All suites would begin at once, and a stack is seven processes and some sixty connections to PostgreSQL. Tests that
  /// start their own must not wait here: they hold a runner that the suites' tests need.
  private static let turnstile = Turnstile(places: 3, waiting: .max)
}

extension Trait where Self == StackTrait {
  /// Daemons for all tests of a suite, found by `StackTrait.stack`.
  public static func stack(_ services: [ServiceName], settings: [String: String] = [:]) -> Self {
    StackTrait(services: services, settings: settings)
  }
}
