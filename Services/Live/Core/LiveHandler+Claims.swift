import JSON
import Loop
import Postgres
import Security
import Time
import Wire

// Names that belong to somebody, where the operator allows it.
extension LiveHandler {
  func claim(_ call: Live.Claim) async throws(Failure) -> Live.Claimed {
    guard allowsClaims else { throw Failure(.forbidden) }
    let name = try name(call.claimed)
    guard name != Claims.guest else { throw .invalid("name") }
    let token = Random.token()
    let digest = Claims.digest(token)
    let isFree = try await asking { try await self.store.claim(name, digest, at: self.clock.now()) }
    guard isFree else { throw Failure(.conflict, reason: Live.Refusal.nameTaken.rawValue) }
    rounds.changeClaims { $0.add(name, digest) }
    return Live.Claimed(name, token: token)
  }

  func forget(_ call: Live.Forget) async throws(Failure) -> Empty {
    guard allowsClaims else { throw Failure(.forbidden) }
    let name = try name(call.claimed)
    guard rounds.board.claims.isClaimed(name) else { throw Failure(.notFound) }
    guard rounds.board.claims.isOwner(of: name, call.token) else { throw Failure(.unauthenticated) }
    try await asking { try await self.store.forget(name, for: Claims.guest) }
    rounds.changeClaims { $0.remove(name) }
    return Empty()
  }

  private func name(_ given: Given<String>) throws(Failure) -> String {
    guard let name = try? Forms.name(.string(try given.required("name"))) else { throw .invalid("name") }
    return name
  }
}
