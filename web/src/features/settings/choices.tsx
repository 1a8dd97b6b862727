type Props<T extends string> = {
  legend: string;
  value: T;
  options: { value: T; title: string }[];
  onChoose: (value: T) => void;
  hint?: string;
};

/** A few choices side by side, of which one holds. */
export function Choices<T extends string>({ legend, value, options, onChoose, hint }: Props<T>) {
  return (
    <fieldset>
      <legend className="mb-2 font-semibold">{legend}</legend>
      <div className="inline-flex flex-wrap gap-1 rounded-xl bg-bubble p-1">
        {options.map((option) => (
          <label
            key={option.value}
            className="flex min-h-8 cursor-pointer items-center rounded-lg px-3 text-sm has-checked:bg-accent has-checked:font-medium has-checked:text-on-accent has-focus-visible:outline-2 has-focus-visible:outline-accent max-md:min-h-11"
          >
            <input
              type="radio"
              name={legend}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
              className="sr-only"
            />
            {option.title}
          </label>
        ))}
      </div>
      {hint && <p className="mt-1.5 text-soft text-sm">{hint}</p>}
    </fieldset>
  );
}
