import CLibpq

extension PostgresError {
  /// Reads the server's report from a failed result.
  init(result: OpaquePointer) {
    let code = PostgresError.field(result, "C")
    let message = PostgresError.isHarmless(code) ? PostgresError.field(result, "M") : ""
    let constraint = PostgresError.field(result, "n")
    switch code {
    case "": self.init(.unavailable, "connection lost", outcomeUnknown: true)
    case "57014": self.init(.timeout, message)
    case "57P01", "57P02", "57P03", "57P05", "53300": self.init(.unavailable, message, outcomeUnknown: true)
    case _ where code.hasPrefix("08"): self.init(.unavailable, message, outcomeUnknown: true)
    // No disk, no memory, a failing device, or a standby that only reads: nothing was done, and it may pass.
    case _ where code.hasPrefix("53") || code.hasPrefix("58"), "25006": self.init(.unavailable, message)
    case _ where code.hasPrefix("23") && !constraint.isEmpty: self.init(.constraint(constraint), message)
    default: self.init(.state(code), message)
    }
  }

  /// Classes whose primary message names objects, not values. Class 22 quotes the value it refuses; P0 says anything.
  private static func isHarmless(_ code: String) -> Bool {
    !code.hasPrefix("22") && !code.hasPrefix("P0")
  }

  /// `C` is the SQLSTATE, `M` the primary message, `n` the constraint's name.
  private static func field(_ result: OpaquePointer, _ name: Unicode.Scalar) -> String {
    PQresultErrorField(result, Int32(name.value)).map { String(cString: $0) } ?? ""
  }

  /// The statement did not run because its prepared form was gone or outdated; sending it again prepares it anew.
  var isStalePlan: Bool {
    kind == .state("26000") || (kind == .state("0A000") && message.contains("cached plan"))
  }
}
