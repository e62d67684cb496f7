// swift-tools-version: 6.2
import PackageDescription

// Targets stand bottom layer first: C libraries, then vocabulary, then input and output, then what every daemon does, then
// the services. A target may only name targets above it in this file; no service names another.

/// Settings of every Swift target: language mode 6, no warning survives, and a layer that leaks must say `public import`.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Modules that own no C pointer: the compiler refuses unsafe code in them.
let pure: [SwiftSetting] = strict + [.strictMemorySafety()]

func library(_ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict) -> Target {
  .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: settings)
}

func unitTests(_ name: String, _ dependencies: [Target.Dependency], excluding files: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: dependencies,
    path: "Tests/\(name)Tests",
    exclude: files,
    swiftSettings: strict
  )
}

/// A daemon is a `Core` that tests import, and an executable of a few lines that starts it. With a schema, the
/// migrations of `Core/Schema` are built in; other files by their names in `embedding`.
func daemon(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  schema: Bool = false,
  embedding files: [String] = []
) -> [Target] {
  let resources = (schema ? ["Schema"] : []) + files
  return [
    .target(
      name: "\(name)Core",
      dependencies: ["JSON", "Wire", "Time", "Telemetry", "Settings", "Loop", "Bus", "Daemon"] + dependencies,
      path: "Services/\(name)/Core",
      resources: resources.map { .embedInCode($0) },
      swiftSettings: pure
    ),
    .executableTarget(
      name: "carillon-\(name.lowercased())",
      dependencies: ["Daemon", .target(name: "\(name)Core")],
      path: "Services/\(name)/Main",
      swiftSettings: pure
    ),
  ]
}

let package = Package(
  name: "Carillon",
  targets: [
    // C libraries of the system.
    .systemLibrary(name: "CLibuv", path: "Shared/CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
    .systemLibrary(name: "CLibpq", path: "Shared/CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CArgon2",
      path: "Shared/CArgon2",
      pkgConfig: "libargon2",
      providers: [.apt(["libargon2-dev"])]
    ),
    .systemLibrary(name: "CWslay", path: "Shared/CWslay", providers: [.apt(["libwslay-dev"])]),
    .systemLibrary(name: "CZlib", path: "Shared/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNats", path: "Shared/CNats", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
    .target(name: "COpenSSL", path: "Shared/COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
    .target(name: "CMicrohttpd", path: "Shared/CMicrohttpd", linkerSettings: [.linkedLibrary("microhttpd")]),
    .target(name: "CIcal", path: "Shared/CIcal", linkerSettings: [.linkedLibrary("ical")]),
    .target(name: "CCurl", path: "Shared/CCurl", linkerSettings: [.linkedLibrary("curl")]),

    // Vocabulary: no input, no output.
    library("JSON", []),
    library("Wire", ["JSON"], settings: pure),
    library("Time", []),
    library("Phone", [], settings: pure),
    library("Telemetry", ["JSON", "Time"]),
    library("Settings", []),
    library("Finder", [], settings: pure),
    library("Almanac", []),
    library("ICalendar", ["CIcal", "Almanac"]),

    // Input and output.
    library("Loop", ["CLibuv"]),
    library("Compression", ["CZlib"]),
    library("Security", ["CArgon2", "COpenSSL", "JSON", "Loop"]),
    library("HTTP", ["CMicrohttpd", "Loop"]),
    library("WebSocket", ["CWslay", "Loop", "Security", "HTTP"]),
    library("SocketIO", ["Compression", "JSON", "Loop", "Security", "HTTP", "WebSocket"], settings: pure),
    library("Outgoing", ["CCurl", "Loop", "Security"]),
    library("Postgres", ["CLibpq", "Loop", "Time"]),
    library("Bus", ["CNats", "JSON", "Wire", "Telemetry", "Loop", "Security"]),
    library("Outbox", ["JSON", "Wire", "Telemetry", "Loop", "Postgres", "Bus"]),

    // What every daemon does.
    library("Daemon", ["JSON", "Wire", "Time", "Telemetry", "Settings", "Loop", "HTTP", "Postgres", "Bus"]),
    library("Queue", ["Time", "Loop", "Postgres", "Daemon"], settings: pure),
  ]
    // The services.
    + daemon("Auth", ["Almanac", "Phone", "Security", "Outgoing", "Postgres", "Outbox"], schema: true)
    + daemon("Stats", ["Security", "Postgres"], schema: true)
    + daemon("Chat", ["Security", "Postgres", "Outbox"], schema: true)
    + daemon(
      "Calendar",
      ["Almanac", "ICalendar", "Finder", "Security", "Outgoing", "Postgres", "Outbox", "Queue"],
      schema: true
    )
    + daemon("Delivery", ["Phone", "Security", "Outgoing", "Postgres", "Queue"], schema: true)
    + daemon("Live", ["Security", "Postgres"], schema: true)
    + daemon("Gateway", ["Security", "Compression", "HTTP", "SocketIO"], embedding: ["openapi.json"])

    // Tests, by tier: unit by module, then integration and system.
    + [
      .target(
        name: "Kit",
        dependencies: ["JSON", "Loop", "Outgoing", "Postgres", "Settings", "WebSocket"],
        path: "Tests/Kit",
        swiftSettings: strict
      ),
      .target(name: "FinderOracle", dependencies: ["Finder"], path: "Tests/FinderOracle", swiftSettings: strict),
      .executableTarget(
        name: "finder-bench",
        dependencies: ["Finder", "FinderOracle"],
        path: "Tests/Benchmarks/Finder",
        exclude: ["run.sh", "seed.sql"],
        swiftSettings: strict
      ),
      unitTests("Finder", ["Finder", "FinderOracle"]),
      .testTarget(
        name: "AlmanacTests",
        dependencies: ["Almanac", "ICalendar", "Kit", "Loop"],
        path: "Tests/AlmanacTests",
        exclude: ["oracle.py"],
        swiftSettings: strict
      ),
      unitTests("JSON", ["JSON"]),
      unitTests("Wire", ["JSON", "Wire"]),
      unitTests("Phone", ["Phone"]),
      unitTests("Telemetry", ["JSON", "Time", "Telemetry", "Settings"]),
      unitTests("Loop", ["Loop"]),
      unitTests("Compression", ["CZlib", "Compression"]),
      unitTests("Security", ["Security", "JSON", "Loop"]),
      unitTests("HTTP", ["HTTP", "Loop", "Kit"]),
      unitTests("WebSocket", ["WebSocket", "HTTP", "Loop", "Kit"]),
      unitTests(
        "SocketIO",
        ["carillon-socketio-echo", "SocketIO", "WebSocket", "HTTP", "JSON", "Loop", "Kit"],
        excluding: ["Clients/talk.py"]
      ),
      unitTests("Outgoing", ["Outgoing", "Loop", "Kit"]),
      unitTests("Postgres", ["Postgres", "Loop"]),
      unitTests("Bus", ["Bus", "Wire", "JSON", "Kit", "Loop", "Security", "Telemetry"]),
      unitTests("Outbox", ["Outbox", "Wire"]),
      unitTests("Queue", ["Queue", "Loop", "Postgres", "Time"]),
      .executableTarget(
        name: "carillon-specimen",
        dependencies: ["Bus", "Daemon", "JSON", "Loop", "Postgres", "Settings", "Telemetry", "Wire"],
        path: "Tests/Specimen",
        swiftSettings: strict
      ),
      .executableTarget(
        name: "carillon-socketio-echo",
        dependencies: ["HTTP", "JSON", "Loop", "SocketIO"],
        path: "Tests/Echo",
        swiftSettings: strict
      ),
      unitTests(
        "Daemon",
        ["carillon-specimen", "Bus", "Daemon", "JSON", "Loop", "Postgres", "Settings", "Telemetry", "Time", "Wire"]
      ),
      unitTests("Auth", ["AuthCore", "Wire", "JSON", "Time", "Security", "Settings", "Outgoing", "Postgres"]),
      unitTests("Stats", ["StatsCore", "Wire", "JSON", "Time", "Postgres"]),
      unitTests("Chat", ["ChatCore", "Wire", "Time", "Postgres", "Loop"]),
      unitTests(
        "Calendar",
        ["CalendarCore", "Almanac", "Finder", "FinderOracle", "ICalendar", "JSON", "Postgres", "Wire"]
      ),
      unitTests(
        "Delivery",
        ["DeliveryCore", "JSON", "Loop", "Outgoing", "Postgres", "Security", "Settings", "Time", "Wire"]
      ),
      .executableTarget(
        name: "carillon-counter-load",
        dependencies: ["Loop", "WebSocket"],
        path: "Tests/CounterLoad",
        swiftSettings: strict
      ),
      unitTests("Live", ["LiveCore", "JSON", "Wire", "Time", "Settings"]),
      unitTests("Gateway", ["GatewayCore", "Wire", "JSON", "HTTP", "Loop", "Settings"]),
      unitTests(
        "Integration",
        [
          "Kit", "JSON", "Security", "Outgoing", "Settings", "Telemetry", "Loop", "Wire", "Time", "Postgres", "Bus",
          "Outbox", "Queue", "Daemon", "Almanac", "ICalendar", "AuthCore", "StatsCore", "ChatCore", "CalendarCore",
          "DeliveryCore", "LiveCore",
        ]
      ),
      unitTests("System", ["Kit", "JSON", "Security", "Settings", "Loop", "Outgoing", "Postgres", "WebSocket"]),
    ],
  cLanguageStandard: .c11
)
