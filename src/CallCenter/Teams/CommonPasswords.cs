using System.Text;

namespace CallCenter.Teams;

/// <summary>
/// The passwords that are tried first: one or two common words, or the person's own names, with digits, signs, keyboard rows
/// and the usual letters-for-digits around them. Three different words in a row are somebody's own sentence and pass.
/// </summary>
static class CommonPasswords
{
    const int WordsMax = 2;
    const int RunMin = 3;
    const int OwnWordMin = 3;

    /// <summary>Neighbours on keyboards, in the alphabet and among the digits.</summary>
    static readonly string[] Rows =
    [
        .. new[] { "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "q1w2e3r4t5y6u7i8o9p0" }
            .SelectMany(row => new[] { row, new string([.. row.Reverse()]) }),
    ];

    static readonly string[] Words =
        """
        contrasena clave claves secreta secreto acceso entrar entrada usuario usuaria administrador administradora admin root invitado
        password passwort passord passwd pass parola senha secret access login logon letmein welcome user guest default changeme change master
        system server test testing tester prueba pruebas temporal temp demo ejemplo example sample nuevo nueva new cambiar cambiame
        bienvenido bienvenida hola hello saludos gracias thanks please porfavor
        callcenter call center centralita telefono phone telefonia llamada llamadas wise parts wiseparts repuesto repuestos recambio recambios
        taller coche coches carro carros auto autos motor ventas venta sales tienda empresa company oficina office trabajo work soporte support
        operador operadora gerente manager equipo team cliente clientes internet google facebook instagram microsoft windows office apple android
        iloveyou iloveu love lovely lover teamo tequiero amor amorcito mivida miamor cielo corazon heart sweet sweetheart honey baby beso besos
        princesa princess reina rey king queen prince principe angel angelito angeles diablo demon dios god jesus cristo christ jesucristo maria virgen bendicion
        familia family mama mami papa papi madre padre mother father hijo hija bebe nino nina hermano hermana amigo amiga amigos amigas friend friends
        futbol football soccer baseball basketball baloncesto tenis tennis hockey golf madrid realmadrid barcelona barca atletico sevilla betis valencia
        boca bocajuniors river riverplate racing independiente america chivas cruzazul pumas tigres nacional millonarios colocolo alianza liverpool chelsea arsenal
        espana spain mexico argentina colombia chile peru venezuela ecuador uruguay bolivia paraguay cuba brasil brazil europa europe london paris roma berlin
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
        january february march april may june july august september october november december
        lunes martes miercoles jueves viernes sabado domingo monday tuesday wednesday thursday friday saturday sunday
        primavera verano otono invierno spring summer autumn winter navidad christmas feliz happy birthday cumpleanos
        sol luna estrella estrellas sun sunshine moon star stars sky mar playa beach flor flores flower rosa rose rosas verde azul rojo negro blanco black white blue green red
        perro perrito gato gatito dog cat kitty monkey dragon tiger tigre lion leon eagle aguila lobo wolf caballo horse mustang oso bear panda conejo bunny pony pajaro mariposa butterfly
        superman batman spiderman pokemon pikachu starwars naruto goku matrix shadow hunter ranger killer ninja pirata pirate warrior samurai soldier
        carlos juan jose antonio manuel francisco david javier daniel alejandro miguel rafael fernando luis sergio pablo jorge alberto andres diego mario roberto ricardo eduardo
        carmen ana isabel laura cristina marta lucia paula elena sara patricia andrea alejandra natalia gabriela claudia sofia valentina daniela camila mariana veronica
        michael michelle jennifer jessica ashley amanda thomas robert william charlie jordan andrew matthew joshua anthony nicole samantha george maggie
        chocolate cookie galleta cafe coffee cerveza beer pizza banana manzana apple cheese queso pepper ginger vainilla caramelo
        ferrari porsche mercedes toyota honda nissan bmw audi seat renault ford chevrolet yamaha kawasaki harley corvette
        musica music guitarra guitar rock metal metallica nirvana computer ordenador computadora computador internet juego juegos game gamer player
        freedom libertad paz peace whatever trustno nothing nada todo suerte lucky money dinero loteria diamante diamond silver gold golden plata oro
        security seguridad segura seguro safe private privado privada open abre sesamo sesame ok okay yes si no uno dos tres one two three
        el la los las un una de del mi tu su the my is this es esta este esto y and
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Distinct().ToArray();

    /// <param name="own">What belongs to the person and is therefore guessed early: name and address.</param>
    public static bool Holds(string password, string own)
    {
        var signs = Plain(password);
        if (signs.Length == 0) return false;
        if (Repeats(signs)) return true;
        string[] known = [.. Words, .. own.Split((char[])[' ', '@', '.', '-', '_', '+'], StringSplitOptions.RemoveEmptyEntries).Select(Plain).Where(word => word.Length >= OwnWordMin)];

        // For each place the fewest different words by which the beginning up to there can be told.
        var told = new HashSet<string>?[signs.Length + 1];
        told[0] = [];
        for (var at = 0; at < signs.Length; at++)
        {
            if (told[at] is not { } words) continue;
            if (!char.IsLetter(signs[at])) Offer(at + 1, words);
            foreach (var end in EndsOfRuns(signs, at)) Offer(end, words);
            foreach (var word in known)
                if (IsAt(signs, at, word)) Offer(at + word.Length, [.. words, word]);
        }

        return told[^1] is not null;

        void Offer(int end, HashSet<string> words)
        {
            if (words.Count <= WordsMax && (told[end] is not { } before || words.Count < before.Count)) told[end] = words;
        }
    }

    /// <summary>One unit of up to four signs again and again.</summary>
    static bool Repeats(string signs) =>
        Enumerable.Range(1, 4).Any(unit => signs.Length > unit * 2 && Enumerable.Range(unit, signs.Length - unit).All(at => signs[at] == signs[at - unit]));

    static IEnumerable<int> EndsOfRuns(string signs, int at)
    {
        foreach (var row in Rows)
            for (var from = row.IndexOf(signs[at]); from >= 0; from = row.IndexOf(signs[at], from + 1))
            {
                var length = 1;
                while (at + length < signs.Length && from + length < row.Length && signs[at + length] == row[from + length]) length++;
                for (var run = RunMin; run <= length; run++) yield return at + run;
            }

        var same = 1;
        while (at + same < signs.Length && signs[at + same] == signs[at]) same++;
        if (same >= RunMin) yield return at + same;
    }

    static bool IsAt(string signs, int at, string word)
    {
        if (at + word.Length > signs.Length) return false;
        for (var i = 0; i < word.Length; i++)
            if (signs[at + i] != word[i] && !LooksLike(signs[at + i], word[i])) return false;
        return true;
    }

    static bool LooksLike(char sign, char letter) => (sign, letter) switch
    {
        ('0', 'o') or ('1', 'i') or ('1', 'l') or ('!', 'i') or ('!', 'l') or ('3', 'e') or ('4', 'a') or ('@', 'a') or ('5', 's') or ('$', 's') or ('7', 't') or ('8', 'b') or ('9', 'g') => true,
        _ => false,
    };

    /// <summary>Small letters without accents, digits, and the signs that stand for letters when one stands beside them.</summary>
    static string Plain(string text)
    {
        var plain = new StringBuilder();
        foreach (var sign in text.ToLowerInvariant().Normalize(NormalizationForm.FormD))
            if (char.IsLetterOrDigit(sign) || sign is '@' or '$' or '!') plain.Append(sign);
        return plain.ToString().TrimEnd('!', '@', '$').TrimStart('!', '@', '$');
    }
}
