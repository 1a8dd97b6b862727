// A small team that builds a bicycle-sharing app, where it talks, and what is filled into its sentences.

export const people = [
  ["mara", "Mara Lindqvist", "#b4472f"],
  ["jonas", "Jonas Weber", "#2f6f8f"],
  ["aiko", "Aiko Tanaka", "#6a4fa3"],
  ["tomas", "Tomás Herrera", "#3c7a4b"],
  ["priya", "Priya Raman", "#a8632a"],
  ["lena", "Lena Fischer", "#8f3f6c"],
  ["samir", "Samir Haddad", "#356a9a"],
  ["nora", "Nora Byrne", "#5c7a1f"],
  ["wei", "Wei Chen", "#9a3d3d"],
  ["ola", "Ola Nowak", "#47627a"],
];

export const channels = [
  { name: "releases", description: "What goes out, when, and what broke.", kind: "public" },
  { name: "design", description: "Screens, words, colours.", kind: "public" },
  { name: "support", description: "What riders write to us.", kind: "public" },
  { name: "field-team", description: "Stations, bikes, flat tyres.", kind: "public" },
  { name: "lunch", description: "Where, when, and who is late.", kind: "public" },
  { name: "founders", description: "Numbers that are not for everyone yet.", kind: "private" },
];

export const fillers = {
  version: ["4.2.0", "4.2.1", "4.3.0", "4.3.2", "4.4.0", "4.5.1", "5.0.0", "5.0.3"],
  station: [
    "Harbour East",
    "Market Square",
    "Old Mill",
    "University",
    "North Bridge",
    "Botanic Garden",
    "Central Station",
    "Tannery Lane",
  ],
  n: ["12", "18", "23", "31", "47", "64", "88", "120"],
  pct: ["3", "4.5", "7", "11", "14", "19", "26"],
  screen: ["unlock", "trip summary", "station map", "payment", "sign-up", "invoice", "damage report"],
  place: [
    "the noodle place",
    "Café Linden",
    "the canteen",
    "the falafel truck",
    "that new ramen bar",
    "the park, it is sunny",
  ],
  time: ["12:15", "12:30", "12:45", "13:00"],
  weather: ["drizzle", "sun", "a proper storm", "fog", "the first frost", "wind from the sea"],
};
