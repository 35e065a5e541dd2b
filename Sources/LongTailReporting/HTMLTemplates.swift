/// The HTML report's templates (Mustache) and its style sheet.
enum HTMLTemplates {
    static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <style>
        {{{style}}}
        </style>
        </head>
        <body>
        <main>
        <h1>{{title}}</h1>
        {{#notes}}
        <p class="stamp">{{.}}</p>
        {{/notes}}
        {{#hasCommand}}
        <pre><code>{{command}}</code></pre>
        {{/hasCommand}}
        <dl>
        {{#facts}}
        <div><dt>{{name}}</dt><dd>{{value}}</dd></div>
        {{/facts}}
        </dl>
        <h2>Before and after</h2>
        {{{comparison}}}
        <h2>Every class, from many to few images</h2>
        <figure>{{{figure}}}</figure>
        {{#figures}}
        <figure>{{{.}}}</figure>
        {{/figures}}
        <h2>{{worstHeading}}</h2>
        {{{worst}}}
        {{#hasConfusions}}
        <h2>{{confusionsHeading}}</h2>
        {{{confusions}}}
        {{/hasConfusions}}
        <details>
        <summary>All {{classCount}} classes</summary>
        {{{classes}}}
        </details>
        {{#hasRecipe}}
        <details>
        <summary>Recipe</summary>
        <pre><code>{{recipe}}</code></pre>
        </details>
        {{/hasRecipe}}
        </main>
        </body>
        </html>

        """

    static let table = """
        <div class="scroll"><table>
        <thead><tr>{{#columns}}<th class="{{side}}">{{name}}</th>{{/columns}}</tr></thead>
        <tbody>
        {{#rows}}
        <tr>{{#cells}}<td class="{{side}}{{#indent}} minor{{/indent}}">{{text}}{{#star}}<b>*</b>{{/star}}\
        {{#hasDetail}}<small>{{detail}}</small>{{/hasDetail}}</td>{{/cells}}</tr>
        {{/rows}}
        </tbody>
        </table></div>
        {{#notes}}
        <p class="remark">{{.}}</p>
        {{/notes}}

        """

    static let style = """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        body { margin: 0; background: #f5f7fa; color: #1f2933; -webkit-text-size-adjust: 100%;
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Helvetica, Arial, sans-serif; }
        main { max-width: 1040px; margin: 0 auto; padding: 32px; background: #ffffff; min-height: 100vh; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem; }
        pre { background: #f5f7fa; border: 1px solid #e4e7eb; border-radius: 6px; padding: .7rem .9rem;
          overflow-x: auto; font-size: .85rem; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: .5rem 1.5rem; margin: 1rem 0; }
        dt { font-size: .8rem; color: #52606d; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .stamp { border-left: 4px solid #D55E00; background: #fff4ec; padding: .6rem .9rem; margin: .6rem 0;
          border-radius: 0 6px 6px 0; font-weight: 600; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: .4rem .7rem; border-bottom: 1px solid #e4e7eb; vertical-align: top; text-align: left; }
        th { font-size: .85rem; color: #52606d; font-weight: 600; border-bottom: 2px solid #cbd2d9; vertical-align: bottom; }
        th.number, td.number { text-align: right; }
        td.number { white-space: nowrap; }
        td small { display: block; color: #52606d; font-size: .78rem; }
        td.minor { padding-left: 1.8rem; color: #52606d; font-size: .88rem; }
        td b { color: #D55E00; }
        .remark { color: #52606d; font-size: .85rem; margin: .5rem 0; }
        figure { margin: 0 0 1rem; overflow-x: auto; }
        figure svg { display: block; width: 100%; min-width: 640px; height: auto; }
        details { margin: 1.5rem 0; }
        summary { cursor: pointer; font-weight: 600; padding: .4rem 0; }
        @media (max-width: 640px) { main { padding: 18px 14px; } table { font-size: .85rem; } th, td { padding: .35rem .4rem; }
          td.minor { padding-left: 1rem; } h1 { font-size: 1.35rem; } }
        @media print { body, main { background: #ffffff; padding: 0; } .scroll, figure { overflow: visible; } }
        """
}
