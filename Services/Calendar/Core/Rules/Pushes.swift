import Wire

/// What people are told on their phones (jarvis.md 3.8). Always with a title and a body: the app crashes without.
enum Pushes {
  static func invite(_ name: String, _ event: String, from creator: String, to user: UserID) -> Delivery.SendPush {
    Delivery.SendPush(
      to: user,
      title: "Event Invite",
      body: "\(creator) asks when you could come: \(name)",
      data: ["type": "invite", "event_id": event]
    )
  }

  static func active(_ event: EventRecord, to user: UserID) -> Delivery.SendPush {
    let start = event.starts ?? 0
    return Delivery.SendPush(
      to: user,
      title: "Event Scheduled",
      body: "\(event.name): \(event.zone.slotText(start))",
      data: ["type": "active", "event_id": event.id.hex, "start": String(start)]
    )
  }

  static func cancelled(_ event: EventRecord, to user: UserID) -> Delivery.SendPush {
    Delivery.SendPush(
      to: user,
      title: "Event Cancelled",
      body: event.name,
      data: ["type": "cancelled", "event_id": event.id.hex]
    )
  }
}
