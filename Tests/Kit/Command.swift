import Loop

/// A program that is run to its end for what it says.
public struct Command: Sendable {
  /// It ended with something else than 0.
  public struct Failure: Error, CustomStringConvertible {
    public let arguments: [String]
    public let end: ChildProcess.End
    public let output: String
    public var description: String { "\(arguments.joined(separator: " ")): \(end)\n\(output)" }
  }

  let arguments: [String]
  let environment: [String: String]

  /// The program by its whole path; PATH and HOME come from the tests' own environment, the rest is what is given.
  public init(_ arguments: [String], environment: [String: String] = [:]) {
    self.arguments = arguments
    self.environment = TestEnvironment.bare.merging(environment) { $1 }
  }

  /// Gives the lines it printed; throws `Failure` unless it ends with 0.
  @LoopActor
  @discardableResult
  public func run(within limit: Duration = .seconds(60)) async throws -> [String] {
    let child = try ChildProcess(arguments, environment: environment)
    let end = try await child.ended(within: limit)
    guard end == .exited(0) else { throw Failure(arguments: arguments, end: end, output: child.tail) }
    return child.lines
  }
}
