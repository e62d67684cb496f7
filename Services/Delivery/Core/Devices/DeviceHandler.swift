import Bus
import Loop
import Postgres
import Security
import Time
import Wire

/// Answers the calls about devices that their owners have added.
@LoopActor final class DeviceHandler {
  /// More than anybody carries; the least recently added goes.
  static let most = 20

  private let store: DeliveryStore
  private let clock: WallClock
  private let asking: AskingDatabase
  /// Nil while Web Push is off.
  private let web: ProviderSettings.Web?

  init(_ store: DeliveryStore, clock: WallClock, asking: AskingDatabase, web: ProviderSettings.Web? = nil) {
    self.store = store
    self.clock = clock
    self.asking = asking
    self.web = web
  }

  func register(on bus: BusServer) {
    bus.on(Delivery.AddDevice.self) { try await self.add($0, $1) }
    bus.on(Delivery.ListDevices.self) { try await self.list($1) }
    bus.on(Delivery.RemoveDevice.self) { try await self.remove($0, $1) }
    bus.on(Delivery.EndDevices.self) { call, _ in try await self.end(call) }
    bus.on(Delivery.ReadWebKey.self) { _, _ in try await self.webKey() }
  }

  func add(_ call: Delivery.AddDevice, _ context: CallContext) async throws(Failure) -> Delivery.AddDevice.Reply {
    let person = try People.id(context)
    let form = try DeviceForm(call, origins: web?.origins ?? [])
    let id = try await asking { () throws(PostgresError) in
      try await self.store.add(form, of: person, session: context.session, at: self.clock.now())
    }
    return .init(id.description)
  }

  func list(_ context: CallContext) async throws(Failure) -> Delivery.ListDevices.Reply {
    let person = try People.id(context)
    return .init(try await asking { () throws(PostgresError) in try await self.store.devices(of: person) })
  }

  func remove(_ call: Delivery.RemoveDevice, _ context: CallContext) async throws(Failure) -> Empty {
    let person = try People.id(context)
    guard let id = UUIDValue(call.id) else { throw Failure(.notFound) }
    let isGone = try await asking { () throws(PostgresError) in try await self.store.removeDevice(id, of: person) }
    guard isGone else { throw Failure(.notFound) }
    return Empty()
  }

  func end(_ call: Delivery.EndDevices) async throws(Failure) -> Empty {
    guard let person = UUIDValue(call.user.text) else { throw .invalid("user") }
    try await asking { () throws(PostgresError) in try await self.store.end(call, of: person) }
    return Empty()
  }

  func webKey() async throws(Failure) -> Delivery.ReadWebKey.Reply {
    guard let point = web?.key.publicPoint else { throw Failure(.notFound) }
    return .init(Base64URL.encode(point))
  }
}
