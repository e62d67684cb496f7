import JSON
import Loop
import Outgoing
import Security
import Time

/// Google's access token of a service account: fetched when it is needed, by one for all who wait, and kept until it is
/// about to end.
@LoopActor
final class AccessToken {
  private let account: ServiceAccount
  private let clock: WallClock
  private let send: Sending
  private var held: (token: String, expires: Timestamp)?
  private var fetching: Task<Result<String, OutgoingError>, Never>?

  init(_ account: ServiceAccount, clock: WallClock, send: @escaping Sending) {
    self.account = account
    self.clock = clock
    self.send = send
  }

  func current() async throws(OutgoingError) -> String {
    if let held, held.expires > clock.now() { return held.token }
    let task =
      fetching
      ?? onLoop {
        defer { self.fetching = nil }
        do throws(OutgoingError) { return .success(try await self.fetch()) } catch { return .failure(error) }
      }
    fetching = task
    return try await task.value.get()
  }

  /// Says that the service did not take it.
  func forget(_ token: String) {
    if held?.token == token { held = nil }
  }

  private func fetch() async throws(OutgoingError) -> String {
    let response = try await send(request())
    guard response.status == 200, let answer = (try? JSONValue(parsing: response.body))?.object,
      let token = answer["access_token"]?.string
    else { throw response.status == 200 || response.status < 500 ? .broken("no access token") : .refused(status: 421) }
    let life = answer["expires_in"]?.number?.int ?? 3600
    // A minute before its end, so that none ends on its way.
    held = (token, clock.now() + .seconds(max(0, life - 60)))
    return token
  }

  private func request() -> OutgoingRequest {
    let now = Int(clock.now().seconds)
    let claims = RawJSON.object { writer in
      writer.member("iss", account.email)
      writer.member("scope", "https://www.googleapis.com/auth/firebase.messaging")
      writer.member("aud", account.tokenURL)
      writer.member("iat", now)
      writer.member("exp", now + 3600)
    }
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
    return OutgoingRequest(
      "POST",
      account.tokenURL,
      headers: [("Content-Type", "application/x-www-form-urlencoded")],
      body: Array((grant + JWT.signed(claims, by: account.key)).utf8)
    )
  }
}
