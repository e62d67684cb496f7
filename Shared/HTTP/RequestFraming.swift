/// How a request's body is delimited, or that it is delimited in a way two readers could understand differently.
enum RequestFraming: Equatable {
  case none
  case length(Int)
  case chunked
  case ambiguous

  /// Refuses what RFC 9112 6.3 lets an attacker use: both kinds of length, two lengths, codings other than `chunked`.
  init(_ headers: HTTPHeaders) {
    let codings = headers.all("transfer-encoding")
    let lengths = headers.all("content-length")
    switch (codings.count, lengths.count) {
    case (0, 0): self = .none
    case (1, 0): self = codings[0].lowercased() == "chunked" ? .chunked : .ambiguous
    case (0, 1): self = Int(lengths[0]).map { $0 == 0 ? .none : .length($0) } ?? .ambiguous
    default: self = .ambiguous
    }
  }
}
