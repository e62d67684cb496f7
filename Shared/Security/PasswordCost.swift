/// What one guess at a password costs, as Argon2id counts it.
public struct PasswordCost: Sendable, Equatable {
  /// Memory in KiB.
  public var memory: Int
  public var passes: Int
  public var lanes: Int

  /// OWASP's first recommendation: 19 MiB, two passes, one lane; 15 to 40 ms on our machines.
  public static let recommended = PasswordCost(memory: 19456, passes: 2, lanes: 1)

  public init(memory: Int, passes: Int, lanes: Int) {
    self.memory = memory
    self.passes = passes
    self.lanes = lanes
  }

  /// Reads the cost out of a hash in PHC form; nil for other kinds of hashes, and for a cost that nobody sets on purpose
  /// (a damaged row must not take all memory).
  init?(stored: String) {
    let parts = stored.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19" else { return nil }
    let fields = parts[3].split(separator: ",")
    guard fields.count == 3, let memory = PasswordCost.value(fields[0], "m="),
      let passes = PasswordCost.value(fields[1], "t="), let lanes = PasswordCost.value(fields[2], "p=")
    else { return nil }
    guard (8...1_048_576).contains(memory), (1...64).contains(passes), (1...16).contains(lanes) else { return nil }
    self.init(memory: memory, passes: passes, lanes: lanes)
  }

  private static func value(_ field: Substring, _ name: String) -> Int? {
    field.hasPrefix(name) ? Int(field.dropFirst(name.count)) : nil
  }
}
