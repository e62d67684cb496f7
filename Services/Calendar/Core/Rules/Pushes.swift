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
    scheduled("Event Scheduled", event, to: user)
  }

  /// An event that moved is active at another time, which is all that an app has to know.
  static func moved(_ event: EventRecord, to user: UserID) -> Delivery.SendPush {
    scheduled("Event Moved", event, to: user)
  }

  private static func scheduled(_ title: String, _ event: EventRecord, to user: UserID) -> Delivery.SendPush {
    let start = event.starts ?? 0
    return Delivery.SendPush(
      to: user,
      title: title,
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
