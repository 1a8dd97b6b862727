// Conversations of a small team that builds a bicycle-sharing app. `{a}`, `{b}`, `{c}` speak; other braces are filled in.
// A line is [who, text]; a list inside a line is the thread below it.

export const scenes = {
  general: [
    [
      ["a", "Good morning everyone! The forecast says {weather}, so expect fewer rides and more questions."],
      ["b", "Morning!"],
      ["c", "Morning. I am at {station} until ten, then at my desk."],
      ["b", "Could you check the screen there? Two riders said it freezes."],
      ["c", "Will do."],
    ],
    [
      ["a", "We passed **{n},000 rides** this month."],
      ["b", "Wonderful! That is {pct} % over last month."],
      ["c", "And with fewer bikes in the workshop than ever."],
      ["a", "Cake at three. Ola bakes."],
    ],
    [
      [
        "a",
        "Reminder: the office is closed on Friday. Whoever has duty that day, please say so here.",
        [
          ["b", "I have it."],
          ["c", "I can take the evening."],
          ["a", "Thank you both."],
        ],
      ],
      ["b", "Noted, thanks."],
    ],
    [
      ["a", "New colleague alert: please say hello to {b}, who starts in the field team today."],
      ["c", "Welcome!"],
      ["b", "Thank you! I already found the coffee, so the day is safe."],
      ["c", "That is half of the onboarding done."],
    ],
    [
      [
        "a",
        "The all-hands moves to Thursday, 14:00. Agenda:\n1. Numbers of the month\n2. Winter tyres\n3. The new {screen} screen\n4. Anything else",
      ],
      ["b", "Can we add the {station} station? The city called again."],
      ["a", "Added as item 4."],
    ],
  ],
  random: [
    [
      ["a", "Somebody parked a shared bike *inside* the library."],
      ["b", "At least it was returned."],
      ["c", "Quietly, I hope."],
    ],
    [
      ["a", "What are you all reading at the moment?"],
      ["b", "A history of maps. Surprisingly funny."],
      ["c", "The manual of our new label printer. Less funny."],
      ["a", "Does it have a plot?"],
      ["c", "Only labels."],
    ],
    [
      ["a", "Does anyone have a spare charger for the old laptops?"],
      ["b", "Second drawer in the workshop, under the bells."],
      ["a", "Found it, thank you. Also found {n} bells."],
    ],
  ],
  help: [
    [
      ["a", "How do I get into the test environment? My key is refused."],
      ["b", "It was rotated on Monday. Ask for a new one with:\n```\nkeys request --for test\n```"],
      ["a", "That worked, thanks."],
    ],
    [
      ["a", "Where do I find the invoices of last quarter?"],
      ["c", "In the shared folder, under `finance/invoices`. Sort by date."],
      ["a", "Got them."],
    ],
    [
      [
        "a",
        "The {screen} page shows a blank space where the price should be. Known?",
        [
          ["b", "Yes, fixed in {version}. It goes out tonight."],
          ["a", "Perfect. I will tell support."],
        ],
      ],
    ],
  ],
  releases: [
    [
      ["a", "{version} is in testing. Main change: the {screen} screen loads in half the time."],
      ["b", "I see it. Cold start went from 1.9 s to 0.9 s on my old phone."],
      ["c", "Any migration?"],
      ["a", "None. Roll back is safe."],
    ],
    [
      ["a", "{version} is **out** to {pct} % of riders."],
      ["b", "Error rate looks flat."],
      ["c", "Crash-free sessions 99.8 %."],
      ["a", "Then I go to 50 % after lunch."],
      ["a", "50 %."],
      ["b", "Still flat. Go."],
      ["a", "100 %. Thanks, everyone."],
    ],
    [
      ["a", "I am rolling back {version}: the unlock at {station} times out for some riders."],
      ["b", "Looking."],
      [
        "b",
        "Found it. The lock answers in 3.1 s there and we wait 3.0 s.\n> timeout: 3000\nI raise it to 5 s and add a retry.",
      ],
      ["c", "Please add a test that would have caught it."],
      ["b", "Done, it fails without the change."],
      ["a", "Good catch. {version} goes out again tomorrow at nine."],
    ],
    [
      [
        "a",
        "Release notes draft for {version}:\n- Faster {screen} screen\n- Receipts by e-mail\n- {n} small fixes",
        [
          ["b", "Can we say *what* is faster? People like numbers."],
          ["a", "Twice as fast, then."],
          ["b", "Lovely."],
        ],
      ],
    ],
  ],
  design: [
    [
      ["a", "Two versions of the {screen} screen are up. Left has the big button, right has the swipe."],
      ["b", "Left. Gloves."],
      ["c", 'Left, but the button should say what it does. "Unlock bike {n}"?'],
      ["a", "Yes. Changed."],
    ],
    [
      ["a", "The grey on the {screen} screen fails contrast: 3.9 to 1."],
      ["b", "Which grey?"],
      ["a", "`#8a8a8a` on white. `#6b6b6b` gives 5.3."],
      ["b", "Taken. Shall I look for others?"],
      ["a", "I have a list, **{n}** places. Splitting it with you."],
    ],
    [
      ["a", "Words: *end trip*, *finish ride* or *return bike*? We use all three."],
      ["b", 'Riders say "return".'],
      ["c", "Return bike, everywhere."],
      ["a", "Return bike it is. I update the glossary."],
    ],
  ],
  support: [
    [
      ["a", "{n} messages since yesterday, most about the {screen} screen."],
      ["b", "The same cause as last week?"],
      ["a", "No, a new one: the card of a neighbouring bank is refused."],
      ["c", "Our provider confirms it. Fixed on their side by {time}."],
      ["a", "Then I answer everyone at once."],
    ],
    [
      [
        "a",
        "A rider from {station} says thank you: she found her lost glove in the basket of the same bike, a day later.",
      ],
      ["b", "That made my morning."],
      ["c", "Please send her a free day."],
      ["a", "Sent."],
    ],
    [
      [
        "a",
        "Can somebody look at trip 88{n}? It has run for {n} hours.",
        [
          ["b", "The lock did not close. I ended it and refunded."],
          ["a", "Thanks, I tell the rider."],
          ["c", "Bike is on the list for the workshop."],
        ],
      ],
    ],
  ],
  "field-team": [
    [
      ["a", "{station} is full, {n} bikes waiting. Can anyone come with the van?"],
      ["b", "On my way, ten minutes."],
      ["a", "Thanks. Leave two free docks, please."],
      ["b", "Done. Eleven moved to North Bridge."],
    ],
    [
      ["a", "Three flat tyres at {station} this morning. Glass on the path again."],
      ["b", "I call the city."],
      ["c", "Swapped all three. Bikes are out again."],
    ],
    [
      ["a", "Battery swap round: {station}, Old Mill, Tannery Lane. Who joins?"],
      ["b", "I do."],
      ["c", "Take the new cases, they close properly."],
      ["a", "Finished. {n} batteries, no trouble in {weather}."],
    ],
  ],
  lunch: [
    [
      ["a", "{place}, {time}?"],
      ["b", "In."],
      ["c", "In, five minutes late."],
      ["a", "As is tradition."],
    ],
    [
      ["a", "Is anyone else hungry or is it only me?"],
      ["b", "It is 10:40."],
      ["a", "So it is only me."],
      ["c", "No, it is us."],
    ],
    [
      ["a", "I brought too much soup. Kitchen, {time}, bring a bowl."],
      ["b", "You are the best of us."],
      ["c", "What kind?"],
      ["a", "Lentil."],
      ["c", "Coming."],
    ],
  ],
  founders: [
    [
      ["a", "Draft of the quarter is in. Revenue up {pct} %, repairs down."],
      ["b", "What about winter?"],
      ["a", "Page four. I assumed {n} ride days fewer."],
      ["b", "Careful, but fair. Good."],
    ],
    [
      ["a", "The city answers by Friday about {station}."],
      ["b", "If they say yes we need {n} bikes more."],
      ["a", "Budgeted."],
    ],
  ],
};

export const dms = [
  [
    ["a", "Do you have ten minutes for the {screen} screen?"],
    ["b", "In half an hour?"],
    ["a", "Perfect."],
    ["b", "Looked at it. I like it, only the second line is long."],
    ["a", "Cut it, thank you."],
  ],
  [
    ["a", "Are you coming to {station} today?"],
    ["b", "Yes, from two."],
    ["a", "Then I leave the keys with Nora."],
  ],
  [
    ["a", "Thank you for the help yesterday."],
    ["b", "Any time. Did {version} go out well?"],
    ["a", "Not a single error."],
  ],
];
