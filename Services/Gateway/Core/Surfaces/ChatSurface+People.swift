import HTTP
import JSON
import Loop
import Wire

// Who is in a room now, and who writes something there: members ask and tell, whether they listen or not.
extension ChatSurface {
  @LoopActor
  static func present(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let place = try await memberPlace(exchange)
    return ok(exchange.services.feeds.people.present(in: place.room))
  }

  @LoopActor
  static func typing(_ exchange: Exchange) async throws(Failure) -> HTTPResponse {
    let value = (try? exchange.body.value())?.object?["typing"].flatMap { $0.isNull ? nil : $0 } ?? .bool(true)
    guard let isTyping = value.bool else { throw .invalid("typing") }
    let place = try await memberPlace(exchange)
    let name = exchange.identity?.name ?? ""
    try await exchange.services.feeds.people.type(place, name: name, isTyping: isTyping)
    return ok()
  }

  @LoopActor
  private static func memberPlace(_ exchange: Exchange) async throws(Failure) -> Place {
    guard let identity = exchange.identity else { throw Failure(.unauthenticated) }
    let place = Place(user: identity.user, room: exchange.parameter("room_gid"))
    try await exchange.services.feeds.people.mustBeMember(place, exchange.context)
    return place
  }
}
